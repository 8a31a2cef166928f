import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { envoyPage, envoyPageFile } from './gen-envoy-docs.ts';

test("the page of Envoy's configuration says what the tables say", () => {
  assert.equal(readFileSync(envoyPageFile, 'utf8'), envoyPage(), 'run: node tools/gen-envoy-docs.ts');
});
