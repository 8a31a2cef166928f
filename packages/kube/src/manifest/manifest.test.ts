import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseManifests } from './manifest.ts';

const TWO = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data:
  x: "1"
---
# only a comment
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: b}
spec:
  hosts: [b]
  http:
  - route:
    - destination:
        host: b
`;

test('reads every document and knows where its fields are', () => {
  const items = parseManifests(TWO, 'two.yaml');
  assert.equal(items.length, 2);
  const [first, second] = items;
  assert.ok(first?.kind === 'object' && second?.kind === 'object');
  assert.equal(first.object.metadata.name, 'a');
  assert.equal(second.line, 10);
  assert.equal(second.lineOf('spec.http[0].route[0].destination.host'), 18);
  assert.equal(second.lineOf('spec.http[0].timeout'), 16, 'an absent field is at its parent');
  assert.equal(second.lineOf('spec.http[7].x'), 15);
});

test('takes lists apart', () => {
  const text = 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n';
  const [item] = parseManifests(text, 'l.yaml');
  assert.ok(item?.kind === 'object');
  assert.equal(item.object.kind, 'Secret');
  assert.equal(item.line, 4);
});

test('says where the text is broken', () => {
  const [item] = parseManifests('apiVersion: v1\nkind: [unclosed\nmetadata: {}\n', 'bad.yaml');
  assert.ok(item?.kind === 'problem');
  assert.equal(item.line, 3);
  assert.match(item.message, /flow/i);
});

test('finds fields that are given twice', () => {
  const [item] = parseManifests('apiVersion: v1\nkind: ConfigMap\ndata:\n  a: "1"\n  a: "2"\n', 'd.yaml');
  assert.ok(item?.kind === 'object');
  assert.deepEqual(item.duplicates, [{ path: 'data.a', line: 5 }]);
});

test('refuses what is not an object, too deep, or an alias bomb', () => {
  const messages = [
    '- 1',
    'kind: X',
    'apiVersion: v1',
    `apiVersion: v1\nkind: X\ndeep: ${'['.repeat(300)}${']'.repeat(300)}`,
    `apiVersion: v1\nkind: X\na: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]`,
  ].map((text) => parseManifests(text, 'x').map((item) => (item.kind === 'problem' ? item.message : 'object')));
  assert.match(messages[0]![0]!, /expected an object/);
  assert.match(messages[1]![0]!, /apiVersion is not set/);
  assert.match(messages[2]![0]!, /kind is not set/);
  assert.match(messages[3]![0]!, /nested deeper/);
  assert.match(messages[4]![0]!, /alias/);
});

test('survives text that is made to exhaust the stack', () => {
  const [item] = parseManifests('['.repeat(100_000), 'deep');
  assert.ok(item?.kind === 'problem');
});

test('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      assert.ok(Array.isArray(parseManifests(text, 'fuzz')));
    }),
    { numRuns: 300 },
  );
});
