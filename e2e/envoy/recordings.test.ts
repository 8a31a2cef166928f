/** The recorded answers of a real Envoy belong to the cases as they stand, and with ENVOY_BIN are what it answers today. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CASES } from './cases/all.ts';
import { differences, formatRecording, parseRecording, type Recording } from './recording.ts';
import { runCase } from './run-case.ts';
import { envoySubject } from './subject/envoy.ts';

const FOLDER = join(import.meta.dirname, 'testdata');
const AGAIN = 'record it again: ENVOY_BIN=… node e2e/envoy/record.ts';
const envoy = envoySubject();

function readRecording(name: string): Recording {
  return parseRecording(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
}

test('every case has a recording, and every recording a case', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), CASES.map(({ name }) => `${name}.json`).sort());
});

test('the recordings are those of the cases as they stand', () => {
  for (const given of CASES) {
    const recording = readRecording(given.name);
    assert.equal(recording.bootstrap, given.bootstrap, `${given.name}: ${AGAIN}`);
    assert.deepEqual(recording.backends, given.backends, `${given.name}: ${AGAIN}`);
    const asked = recording.exchanges.map((exchange) => exchange.asked);
    assert.deepEqual(asked, JSON.parse(JSON.stringify(given.exchanges)), `${given.name}: ${AGAIN}`);
    assert.deepEqual(Object.keys(recording.stats), given.stats ?? [], `${given.name}: ${AGAIN}`);
    assert.equal(parseRecording(formatRecording(recording)).name, given.name);
  }
});

test('every exchange got an answer, and names within a case are unique', () => {
  for (const { name, exchanges } of CASES) {
    assert.equal(new Set(exchanges.map((exchange) => exchange.name)).size, exchanges.length, name);
    for (const { asked, got } of readRecording(name).exchanges) {
      assert.ok(got.received.length > 0, `${name}: ${asked.name}`);
      assert.equal(got.log.length, asked.logs ?? asked.http2?.length ?? 1, `${name}: ${asked.name}`);
    }
  }
});

test('nothing of one run is in a recording', () => {
  for (const { name } of CASES) {
    const text = JSON.stringify(readRecording(name).exchanges.map(({ got }) => got));
    assert.doesNotMatch(text, /127\.0\.0\.1:\d|\/tmp\/|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|GMT/, name);
  }
});

for (const given of CASES) {
  const skip = envoy === undefined ? 'ENVOY_BIN is not set: the recording is checked for its form only' : false;
  test(`a real Envoy still answers ${given.name} as recorded`, { skip, timeout: 60_000 }, async () => {
    const recording = readRecording(given.name);
    const observed = await runCase(envoy!, given);
    const found = recording.exchanges.flatMap(({ asked, got }, i) =>
      differences(got, observed.exchanges[i]!).map((difference) => `${asked.name}: ${difference}`),
    );
    assert.deepEqual(found, []);
    assert.deepEqual(observed.stats, recording.stats);
  });
}
