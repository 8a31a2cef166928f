import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Bootstrap } from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import { fromJson, Problems } from '@weft/proto/lite';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { compileBootstrap } from './bootstrap/bootstrap.ts';
import type { BootstrapResult } from './bootstrap/bootstrap-runtime.ts';
import { compileResource, RESOURCE_TYPES, type ResourceResult } from './resources.ts';
import { TEST_ENVIRONMENT, TEST_SOURCES } from './test-support/compile.ts';
import { makerOf } from './test-support/message-maker.ts';

const ROOT = 'envoy.config.bootstrap.v3.Bootstrap';
const FOLDER = path.join(import.meta.dirname, 'testdata');

function checkOutcome(result: BootstrapResult | ResourceResult<unknown>): void {
  if (result.kind === 'ok') assert.ok(Object.isFrozen(result.value));
  else assert.ok(result.error.length > 0 && result.error.every(({ reason }) => reason !== ''));
}

for (const typeName of [ROOT, ...RESOURCE_TYPES]) {
  test(`any ${typeName} compiles or says what is wrong`, () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const message = makerOf(seed).message(typeName, 0);
        const isRoot = typeName === ROOT;
        checkOutcome(
          isRoot
            ? compileBootstrap(message as Bootstrap, TEST_SOURCES)
            : compileResource(message as never, '', TEST_ENVIRONMENT),
        );
      }),
      { numRuns: 100 },
    );
  });
}

for (const file of readdirSync(FOLDER)) {
  test(`the bootstrap ${file} with a few changes compiles or says what is wrong`, () => {
    const json: unknown = parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8'))[0]!.toJS();
    let compiled = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const message = fromJson<Bootstrap>(ROOT, json, new Problems())!;
        makerOf(seed).change(message);
        const result = compileBootstrap(message, TEST_SOURCES);
        checkOutcome(result);
        if (result.kind === 'ok') compiled++;
      }),
      { numRuns: 100 },
    );
    assert.ok(compiled > 0, 'no change was harmless: the changes are too many to reach much');
  });
}
