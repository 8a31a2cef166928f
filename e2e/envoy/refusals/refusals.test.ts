/** What a real Envoy says to doubtful configurations is recorded for the cases as they stand, and with ENVOY_BIN is what it says today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOUBTFUL } from './cases.ts';
import { type Verdict, validateWithEnvoy } from './validate.ts';

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'testdata', 'refusals.json'), 'utf8'),
) as readonly Verdict[];
const binary = process.env['ENVOY_BIN'] ?? '';

test('the recorded verdicts are those of the configurations as they stand', () => {
  assert.deepEqual(
    recorded.map(({ name, listener }) => ({ name, listener })),
    DOUBTFUL.map(({ name, listener }) => ({ name, listener })),
    'record them again: ENVOY_BIN=… node e2e/envoy/refusals/record.ts',
  );
  assert.ok(
    recorded.some(({ refusal }) => refusal === undefined) && recorded.some(({ refusal }) => refusal !== undefined),
  );
});

const skip = binary === '' ? 'ENVOY_BIN is not set: only the form of the recording is checked' : false;
test('a real Envoy still says what is recorded', { skip, timeout: 120_000 }, () => {
  assert.deepEqual(
    DOUBTFUL.map((doubtful) => validateWithEnvoy(binary, doubtful)),
    recorded,
  );
});
