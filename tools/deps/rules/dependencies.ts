import { isBuiltin } from 'node:module';
import { type Rule, resolveTarget } from '../rule.ts';

/** What a file imports is declared by its package: in dependencies if it ships, at least in devDependencies otherwise. */
export const dependencies: Rule = {
  name: 'dependencies',
  *check(workspace) {
    for (const file of workspace.files) {
      const { unit } = file;
      for (const { specifier, line } of file.imports) {
        const target = resolveTarget(workspace, file, specifier);
        if (target.kind !== 'npm' || isBuiltin(target.name) || unit.dependencies.has(target.name)) continue;
        if (unit.devDependencies.has(target.name)) {
          if (file.role !== 'source') continue;
          yield {
            file: file.path,
            line,
            message: `imports ${target.name}, only a devDependency of ${unit.dir}/package.json`,
          };
          continue;
        }
        if (file.role !== 'source' && workspace.units.get('tools')?.dependencies.has(target.name)) continue;
        yield {
          file: file.path,
          line,
          message: `imports ${target.name}, which ${unit.dir}/package.json does not declare`,
        };
      }
    }
  },
};
