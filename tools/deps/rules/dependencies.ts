import { isBuiltin } from 'node:module';
import { type Rule, resolveTarget, type Target } from '../rule.ts';
import type { SourceFile, Workspace } from '../workspace.ts';

/** What a file imports is declared by its package: in dependencies if it ships, at least in devDependencies otherwise. */
export const dependencies: Rule = {
  name: 'dependencies',
  *check(workspace) {
    for (const file of workspace.files) {
      for (const { specifier, line } of file.imports) {
        const name = packageName(resolveTarget(workspace, file, specifier));
        const message = name === undefined ? undefined : judge(workspace, file, name);
        if (message !== undefined) yield { file: file.path, line, message };
      }
    }
  },
};

function packageName(target: Target): string | undefined {
  if (target.kind === 'unit') return target.unit.name;
  return target.kind === 'npm' && !isBuiltin(target.name) ? target.name : undefined;
}

function judge(workspace: Workspace, file: SourceFile, name: string): string | undefined {
  const { unit } = file;
  if (unit.name === name || unit.dependencies.has(name)) return undefined;
  // Folders of the root reach all packages through the workspace's links.
  if (!unit.isPackage && workspace.units.has(name)) return undefined;
  // Test support is for the tests of every package.
  if (file.role === 'test' && workspace.units.get(name)?.level === 'T') return undefined;
  if (unit.devDependencies.has(name)) {
    return file.role === 'source' ? `imports ${name}, only a devDependency of ${unit.dir}/package.json` : undefined;
  }
  if (file.role !== 'source' && workspace.rootDependencies.has(name)) return undefined;
  return `imports ${name}, which ${unit.dir}/package.json does not declare`;
}
