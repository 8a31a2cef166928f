import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derive } from './derive.ts';
import { mismatch } from './pattern.ts';

const UID = '3f2b8c1e-8a39-4b0e-9d57-0d2f6a1c9b44';

test('an object may have more than its pattern, an array may not', () => {
  assert.equal(mismatch({ a: 1, b: [{ c: null }] }, { a: 1, b: [{ c: null, d: 2 }], e: 3 }), undefined);
  assert.equal(mismatch({ a: { b: 1 } }, { a: { b: 2 } }), '$.a.b is 2, not 1');
  assert.equal(mismatch({ a: 1 }, {}), '$.a is missing, not 1');
  assert.equal(mismatch({ a: 1 }, [1]), '$ is [1], not an object');
  assert.equal(mismatch([1], [1, 2]), '$ has 2 items, not 1: [1,2]');
  assert.equal(mismatch('1', 1), '$ is 1, not "1"');
});

test('forms stand for text of that form, in the middle of text as well', () => {
  assert.equal(mismatch({ uid: '<uid>', rv: '<revision>' }, { uid: UID, rv: '17' }), undefined);
  assert.equal(mismatch('owner=<uid>.', `owner=${UID}.`), undefined);
  assert.equal(mismatch('owner=<uid>.', `owner=${UID}!`), `$ is "owner=${UID}!", not "owner=<uid>."`);
  assert.equal(mismatch('<revision>', '0'), '$ is "0", not "<revision>"');
  assert.equal(mismatch('<anything>', undefined), '$ is missing, not there');
  assert.equal(mismatch('<anything>', null), undefined);
});

test('an array can be asked for some of its items', () => {
  const pattern = { '<includes>': [{ name: 'a' }, { name: 'b' }] };
  assert.equal(mismatch(pattern, [{ name: 'b' }, { name: 'c' }, { name: 'a' }]), undefined);
  assert.equal(mismatch(pattern, [{ name: 'a' }]), '$ has no item that fits {"name":"b"}');
});

test('a derived pattern fits what it was made of, and nothing that differs in what clients rely on', () => {
  const metadata = { name: 'x', uid: UID, resourceVersion: '5', creationTimestamp: '2026-01-02T03:04:05Z' };
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata, data: { a: '5s' } };
  const pattern = derive(object);
  assert.equal(mismatch(pattern, object), undefined);
  assert.equal(mismatch(pattern, { ...object, metadata: { ...metadata, resourceVersion: '6' } }), undefined);
  assert.equal(mismatch(pattern, { ...object, data: { a: '6s' } }), '$.data.a is "6s", not "5s"');
  const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: {}, items: [object] };
  assert.equal(mismatch(derive(list), { ...list, items: [] }), '$.items has 0 items, not 1: []');
});
