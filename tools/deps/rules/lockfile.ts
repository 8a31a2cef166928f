import { findMissingOptionals } from '../../lock/complete-lock.ts';
import type { Rule } from '../rule.ts';

/** What npm copies from a package.json into the lockfile; `npm ci` refuses to run when these differ. */
const LOCKED_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'bin'] as const;

const HOW_TO_FIX = 'run "npm run lock"';

/** The lockfile knows what every package.json says, or nobody can install a fresh clone. */
export const lockfile: Rule = {
  name: 'lockfile',
  *check(workspace) {
    for (const { file, manifest, locked } of workspace.manifests) {
      if (locked === undefined) {
        yield { file, line: 1, message: `is not in package-lock.json: ${HOW_TO_FIX}` };
        continue;
      }
      if (file === 'package.json') {
        for (const { parent, name } of findMissingOptionals(workspace.lockedPackages)) {
          yield { file, line: 1, message: `package-lock.json lacks ${name}, an option of ${parent}: ${HOW_TO_FIX}` };
        }
      }
      for (const field of LOCKED_FIELDS) {
        if (normalize(manifest[field]) === normalize(locked[field])) continue;
        yield { file, line: 1, message: `${field} differ from package-lock.json: ${HOW_TO_FIX}` };
      }
    }
  },
};

/** Order does not matter; npm writes `bin` paths without a leading `./` and leaves out what is empty. */
function normalize(record: unknown): string {
  const entries = Object.entries((record ?? {}) as Record<string, string>);
  const lines = entries.map(([key, value]) => `${key} ${value.replace(/^\.\//, '')}`);
  return lines.sort((a, b) => (a < b ? -1 : 1)).join('\n');
}
