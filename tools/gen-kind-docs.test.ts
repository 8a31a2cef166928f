import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kindPage, kindPageFile } from './gen-kind-docs.ts';

test('the page of kinds lists what the server offers', async () => {
  assert.equal(readFileSync(kindPageFile, 'utf8'), await kindPage(), 'run: node tools/gen-kind-docs.ts');
});
