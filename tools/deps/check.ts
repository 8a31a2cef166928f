import type { Rule, Violation } from './rule.ts';
import { boundaries } from './rules/boundaries.ts';
import { cycles } from './rules/cycles.ts';
import { dependencies } from './rules/dependencies.ts';
import { fileSize } from './rules/file-size.ts';
import { globals } from './rules/globals.ts';
import { indexFiles } from './rules/index-files.ts';
import { levels } from './rules/levels.ts';
import { lockfile } from './rules/lockfile.ts';
import { nodeModules } from './rules/node-modules.ts';
import type { Workspace } from './workspace.ts';

/** All rules, in the order in which findings of one line are shown. */
const RULES: readonly Rule[] = [
  levels,
  boundaries,
  cycles,
  indexFiles,
  dependencies,
  nodeModules,
  globals,
  fileSize,
  lockfile,
];

/** A finding with the name of the rule that made it. */
export interface Finding extends Violation {
  readonly rule: string;
}

/** Applies every rule, sorted by file and line. */
export function checkWorkspace(workspace: Workspace): Finding[] {
  const findings = RULES.flatMap((rule) =>
    Array.from(rule.check(workspace), (violation) => ({ ...violation, rule: rule.name })),
  );
  return findings.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}
