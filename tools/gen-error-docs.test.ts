import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorPage, errorPageFile } from './gen-error-docs.ts';

test('the page of error codes says what the catalogue says', () => {
  assert.equal(readFileSync(errorPageFile, 'utf8'), errorPage(), 'run: node tools/gen-error-docs.ts');
});
