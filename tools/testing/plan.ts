import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Files that one process runs, one after the other. */
export interface Job {
  readonly label: string;
  readonly files: readonly string[];
}

const SKIPPED_DIRS = new Set(['node_modules', 'testdata', 'gen', '.git', '.cache', '.weft', 'coverage']);
const TOP_DIRS = ['packages', 'tools', 'e2e', 'bench', 'samples'];

/** Below this number a second process would cost more than it saves. */
const MIN_FILES_TO_SHARD = 12;

/** All test files below the root, relative to it with `/`, sorted. */
export function findTests(root: string): string[] {
  const found: string[] = [];
  const walk = (dir: string) => {
    for (const entry of readdirSync(path.join(root, dir), { withFileTypes: true })) {
      const relative = `${dir}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_DIRS.has(entry.name)) walk(relative);
      else if (entry.isFile() && entry.name.endsWith('.test.ts')) found.push(relative);
    }
  };
  for (const dir of TOP_DIRS) if (existsSync(path.join(root, dir))) walk(dir);
  return found.sort();
}

/** Files of which the path contains one of the patterns; a leading `./` or the root itself may be part of a pattern. */
export function selectTests(root: string, files: readonly string[], patterns: readonly string[]): string[] {
  if (patterns.length === 0) return [...files];
  const wanted = patterns.map((pattern) =>
    path.isAbsolute(pattern) ? path.relative(root, pattern) : path.posix.normalize(pattern),
  );
  return files.filter((file) => wanted.some((pattern) => file.includes(pattern)));
}

/** Tests beside their source are pure and share processes; tests with sockets, files and processes get one each. */
export function isIsolated(file: string): boolean {
  return file.startsWith('e2e/') || file.includes('/test/');
}

/** Splits the files into jobs: the shared ones in up to `shards` even parts, then every isolated one by itself. */
export function planJobs(root: string, files: readonly string[], shards: number): Job[] {
  const size = (file: string) => statSync(path.join(root, file)).size;
  const bySize = (group: readonly string[]) =>
    group
      .map((file) => ({ file, bytes: size(file) }))
      .sort((a, b) => b.bytes - a.bytes)
      .map((entry) => entry.file);
  const shared = bySize(files.filter((file) => !isIsolated(file)));
  const isolated = bySize(files.filter(isIsolated));
  const parts = shared.length < MIN_FILES_TO_SHARD ? 1 : shards;
  const jobs: Job[] = [];
  for (let part = 0; part < parts; part++) {
    const own = shared.filter((_, index) => index % parts === part).sort();
    if (own.length === 1) jobs.push({ label: own[0]!, files: own });
    else if (own.length > 1)
      jobs.push({ label: parts === 1 ? 'unit tests' : `unit tests ${part + 1}/${parts}`, files: own });
  }
  // The largest file tends to take longest: starting with it keeps both lanes busy to the end.
  for (const file of isolated) jobs.push({ label: file, files: [file] });
  return jobs;
}
