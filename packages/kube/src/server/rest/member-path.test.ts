import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getPath, setPath } from './member-path.ts';

test('members are read by their path, and only their own', () => {
  const object = { spec: { replicas: 3, list: [{ a: 1 }], empty: null } };
  assert.equal(getPath(object, '.spec.replicas'), 3);
  assert.equal(getPath(object, 'spec.replicas'), 3);
  for (const path of [
    '.spec.none',
    '.spec.none.deeper',
    '.spec.replicas.deeper',
    '.spec.empty.deeper',
    '.spec.list.a',
  ]) {
    assert.equal(getPath(object, path), undefined, path);
  }
  assert.equal(getPath(object, '.constructor.name'), undefined);
  assert.equal(getPath(object, '.__proto__.toString'), undefined);
});

test('setting a member copies the way to it and nothing else', () => {
  const object = { spec: { replicas: 3, template: { a: 1 } }, other: { b: 2 } };
  const next = setPath(object, '.spec.replicas', 5) as typeof object;
  assert.deepEqual(next, { spec: { replicas: 5, template: { a: 1 } }, other: { b: 2 } });
  assert.equal(object.spec.replicas, 3);
  assert.equal(next.other, object.other);
  assert.equal(next.spec.template, object.spec.template);
});

test('what stands in the way is replaced, what is missing is made', () => {
  assert.deepEqual(setPath({}, '.spec.scale.replicas', 1), { spec: { scale: { replicas: 1 } } });
  assert.deepEqual(setPath({ spec: 'text' }, '.spec.replicas', 1), { spec: { replicas: 1 } });
});
