import { isWithin, type Rule, resolveTarget } from '../rule.ts';
import type { SourceFile, Workspace } from '../workspace.ts';

/** A package is entered by the names it exports, and its separate folders do not reach into each other. */
export const boundaries: Rule = {
  name: 'boundaries',
  *check(workspace) {
    for (const file of workspace.files) {
      for (const { specifier, line } of file.imports) {
        const message = judge(workspace, file, specifier);
        if (message !== undefined) yield { file: file.path, line, message };
      }
    }
  },
};

function judge(workspace: Workspace, file: SourceFile, specifier: string): string | undefined {
  const target = resolveTarget(workspace, file, specifier);
  if (target.kind === 'unit') {
    if (target.unit === file.unit || target.unit.exportKeys.some((key) => matchesKey(key, target.subpath)))
      return undefined;
    return `imports ${specifier}: ${target.unit.name} exports no ${target.subpath}`;
  }
  if (target.kind !== 'file') return undefined;
  if (!isWithin(target.path, file.unit.dir)) {
    return `imports ${specifier}, which lies outside ${file.unit.dir}: use the package's name`;
  }
  if (
    file.role === 'source' &&
    !isWithin(target.path, `${file.unit.dir}/src`) &&
    target.path !== `${file.unit.dir}/package.json` &&
    !isWithin(file.path, `${file.unit.dir}/bin`)
  ) {
    return `imports ${specifier}: what ships may only import what ships (src/)`;
  }
  return separated(file, target.path);
}

function separated(file: SourceFile, target: string): string | undefined {
  for (const group of file.unit.weft.separate ?? []) {
    const own = group.find((dir) => isWithin(file.path, `${file.unit.dir}/${dir}`));
    const other = group.find((dir) => isWithin(target, `${file.unit.dir}/${dir}`));
    if (own !== undefined && other !== undefined && own !== other) {
      return `imports ${other} from ${own}: these are separate by ${file.unit.dir}/package.json weft.separate`;
    }
  }
  return undefined;
}

/** Matches a subpath against a key of `exports`, which may hold one `*`. */
function matchesKey(key: string, subpath: string): boolean {
  const star = key.indexOf('*');
  if (star === -1) return key === subpath;
  const [before, after] = [key.slice(0, star), key.slice(star + 1)];
  return subpath.length > before.length + after.length && subpath.startsWith(before) && subpath.endsWith(after);
}
