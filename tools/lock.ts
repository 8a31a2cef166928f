// `npm run lock`: brings package-lock.json up to date after a package.json changed, for all platforms.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { completePackages, findMissingOptionals, type LockPackages } from './lock/complete-lock.ts';

const root = path.dirname(import.meta.dirname);
const lockFile = path.join(root, 'package-lock.json');

// npm leaves node_modules alone here; the next command installs what changed.
const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: LockPackages };
const missing = findMissingOptionals(lock.packages);
if (missing.length > 0) {
  lock.packages = completePackages(lock.packages);
  writeFileSync(lockFile, `${JSON.stringify(lock, undefined, 2)}\n`);
}
process.stdout.write(`package-lock.json is complete (${missing.length} optional packages of other platforms added)\n`);
