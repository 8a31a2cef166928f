import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { compileBootstrapJson } from './bootstrap/bootstrap.ts';
import { TEST_SOURCES } from './test-support/compile.ts';
import { plain } from './test-support/plain.ts';

const FOLDER = path.join(import.meta.dirname, 'testdata');

// Each file holds a bootstrap and, behind a line of dashes, what comes of it; UPDATE_GOLDEN=1 writes the second part anew.
for (const file of readdirSync(FOLDER)) {
  test(`the bootstrap ${file} compiles as recorded`, () => {
    const name = path.join(FOLDER, file);
    const text = readFileSync(name, 'utf8');
    const [config, recorded] = parseAllDocuments(text).map((document): unknown => document.toJS());
    const result = compileBootstrapJson(config, TEST_SOURCES);
    const actual = plain(result.kind === 'ok' ? result.value : { problems: result.error });
    if (process.env['UPDATE_GOLDEN'] === '1') {
      const input = text.split('\n---\n')[0]!.trimEnd();
      writeFileSync(name, `${input}\n---\n${stringify(actual, { aliasDuplicateObjects: false })}`);
    } else {
      assert.deepEqual(actual, recorded);
    }
  });
}
