import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('makes what is missing, with the mode, and is content with what is there', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'weft-test-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, 'a', 'b', 'c');
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o700);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  writeFileSync(join(base, 'file'), '');
  assert.throws(() => makeFolder(join(base, 'file', 'x')), /ENOTDIR/);
});

test('fails where the kernel makes no folders, instead of trying for ever', {
  skip: existsSync('/proc/self') ? false : 'no /proc',
}, () => {
  assert.throws(() => makeFolder('/proc/weft-test/x'), /ENOENT|EACCES|EPERM/);
});
