import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml } from './yaml.ts';

test('writes objects as people write them', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', labels: {}, annotations: { 'a/b': 'true' } },
    spec: { containers: [{ name: 'web', args: ['--port', '80'], ports: [{ containerPort: 80 }] }], nodes: [] },
  };
  assert.equal(
    toYaml(pod),
    `apiVersion: v1
kind: Pod
metadata:
  name: web-1
  labels: {}
  annotations:
    a/b: "true"
spec:
  containers:
  - name: web
    args:
    - "--port"
    - "80"
    ports:
    - containerPort: 80
  nodes: []
`,
  );
});

const tricky = fc.constantFrom(
  'no',
  'NULL',
  '~',
  '1e3',
  '0x1',
  '- a',
  'a: b',
  'a #b',
  '',
  ' ',
  'é',
  '\u2028',
  '\u0085',
  '\ufeff',
  'a\nb',
  '<<',
  '=',
  '2026-01-01',
);

test('what is read back is what was written', () => {
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string({ unit: 'binary' }),
      tricky,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    node: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), tricky), tie('node'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node;
  fc.assert(
    fc.property(value, (given) => {
      const json: unknown = JSON.parse(JSON.stringify(given));
      // The library reads `__proto__` as a prototype, so it is left out.
      fc.pre(!JSON.stringify(json).includes('__proto__'));
      const text = toYaml(json);
      assert.deepEqual(parse(text), json, text);
      assert.deepEqual(parse(text, { version: '1.1', schema: 'core' }), json, text);
    }),
    { numRuns: 100 },
  );
});
