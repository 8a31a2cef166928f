import assert from 'node:assert/strict';
import { test } from 'node:test';
import { managerNameOf } from './manager-name.ts';

test('a writer is called by its parameter, or by the product of its user agent', () => {
  assert.equal(managerNameOf('ci', 'kubectl/v1.32.0 (linux/amd64)'), 'ci');
  assert.equal(managerNameOf('', 'kubectl/v1.32.0 (linux/amd64)'), 'kubectl');
  assert.equal(managerNameOf(undefined, 'curl'), 'curl');
  assert.equal(managerNameOf(undefined, undefined), 'unknown');
  assert.equal(managerNameOf(undefined, '\u0000\u200b/1'), 'unknown');
});

test('a long name is cut at 128 bytes', () => {
  assert.equal(Buffer.byteLength(managerNameOf(undefined, 'ö'.repeat(500))), 128);
});
