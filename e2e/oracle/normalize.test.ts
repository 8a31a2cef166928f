import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from './compare.ts';
import { Normalizer } from './normalize.ts';
import { formatRecording, parseRecording, recorded } from './recording.ts';

const UID = '11111111-1111-4111-8111-111111111111';
const object = (resourceVersion: string): object => ({ metadata: { name: 'a', uid: UID, resourceVersion } });

test('the same value is replaced by the same text, so that a change shows', () => {
  const normalizer = new Normalizer('o-abcdef');
  const step = (value: unknown): unknown => {
    normalizer.nextStep();
    return normalizer.json(value);
  };
  const shown = (revision: string): object => ({
    metadata: { name: 'a', uid: '<uid of step 0>', resourceVersion: revision },
  });
  assert.deepEqual(step(object('17')), shown('<revision of step 0>'));
  assert.deepEqual(step(object('17')), shown('<revision of step 0>'));
  assert.deepEqual(step(object('18')), shown('<revision of step 2>'));
  assert.deepEqual(step({ metadata: { resourceVersion: '19' } }), { metadata: { resourceVersion: '<revision>' } });
});

test('what differs from run to run is told by its form', () => {
  const normalizer = new Normalizer('o-abcdef');
  const cases: [unknown, unknown][] = [
    [{ creationTimestamp: '2026-01-01T00:00:00Z' }, { creationTimestamp: '<time>' }],
    [{ message: `o-abcdef: ${UID}, current: 17` }, { message: '{ns}: <uid of step -1>, current: <revision>' }],
    [
      { generateName: 'a-', name: 'a-x7f3b' },
      { generateName: 'a-', name: 'a-<suffix>' },
    ],
    [
      { clusterIP: '10.96.0.7', nodePort: 30_001 },
      { clusterIP: '<ip>', nodePort: '<port>' },
    ],
    [{ cells: ['a', '5m3s', 2] }, { cells: ['a', '<age>', 2] }],
    [{ continue: 'abc' }, { continue: '<continue>' }],
  ];
  for (const [given, expected] of cases) assert.deepEqual(normalizer.json(given), expected);
});

test('differences are told by their place; after another status nothing else is', () => {
  const answer = { status: 200, headers: {}, body: { a: [1, { b: 2 }], c: null } };
  assert.deepEqual(differences(answer, structuredClone(answer)), []);
  assert.deepEqual(differences(answer, { ...answer, body: { a: [1, { b: 3 }, 4] } }), [
    { at: 'body.a[1].b', real: 2, ours: 3 },
    { at: 'body.a[2]', real: undefined, ours: 4 },
    { at: 'body.c', real: null, ours: undefined },
  ]);
  const refusal = { status: 404, headers: {}, body: { reason: 'NotFound', message: 'm' } };
  assert.deepEqual(differences(answer, refusal), [{ at: 'status', real: 200, ours: '404 NotFound m' }]);
});

test('a recording is read as it was written', () => {
  const steps = [
    { method: 'GET', path: '/a' },
    { method: 'PUT', path: '/a', body: new Uint8Array([1]) },
  ];
  const answer = { status: 200, headers: {}, body: { x: 1 } };
  const recording = { server: 'v1', cases: { one: recorded(steps, [answer, answer]) } };
  const text = formatRecording(recording);
  assert.deepEqual(parseRecording(text), recording);
  assert.equal(text.split(JSON.stringify(answer)).length, 2, 'the same answer is kept once');
});
