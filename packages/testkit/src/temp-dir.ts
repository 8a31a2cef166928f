import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestHooks } from './hooks.ts';

/** Makes an empty folder and removes it with everything in it after the test. */
export function tempDir(hooks: TestHooks): string {
  const path = mkdtempSync(join(tmpdir(), 'weft-test-'));
  hooks.after(() => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  });
  return path;
}
