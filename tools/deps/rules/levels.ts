import { type Rule, resolveTarget } from '../rule.ts';
import type { SourceFile, Unit } from '../workspace.ts';

/** Imports that levels alone would allow, but that would couple parts which must stay exchangeable. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  '@weft/proxy': ['@weft/api', '@weft/kube', '@weft/control'],
  '@weft/node': ['@weft/api', '@weft/kube', '@weft/control'],
  '@weft/control': ['@weft/proxy', '@weft/node'],
};

/** Packages import lower levels only; a same-level import is declared with a reason; test support stays in tests. */
export const levels: Rule = {
  name: 'levels',
  *check(workspace) {
    for (const file of workspace.files) {
      for (const { specifier, line } of file.imports) {
        const target = resolveTarget(workspace, file, specifier);
        if (target.kind !== 'unit') continue;
        const problem = judge(file, target.unit);
        if (problem !== undefined) yield { file: file.path, line, message: problem };
      }
    }
  },
};

function judge(file: SourceFile, to: Unit): string | undefined {
  const from = file.unit;
  if (from === to) {
    return file.role === 'source' ? `imports its own package by name: use a relative path` : undefined;
  }
  if (to.level === 'T') {
    const isAllowed = file.role === 'test' || from.level === 'T';
    return isAllowed ? undefined : `imports ${to.name}: test support is for *.test.ts, test/, e2e and bench only`;
  }
  // Test support sits beside all packages: it may use any of them.
  if (from.level === 'T') return undefined;
  if (NEVER[from.name]?.includes(to.name)) return `imports ${to.name}: ${from.name} must not know of it`;
  if (to.level < from.level) return undefined;
  if (to.level > from.level) {
    return `imports ${to.name} (level ${to.level}) from ${from.name} (level ${from.level}): imports go to a lower level only`;
  }
  const reason = from.weft.sameLevel?.[to.name];
  if (reason !== undefined && reason.trim() !== '') return undefined;
  return `imports ${to.name} of the same level ${to.level}: declare it with a reason in ${from.dir}/package.json weft.sameLevel`;
}
