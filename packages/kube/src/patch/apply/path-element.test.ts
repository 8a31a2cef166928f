import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePathElements, fieldNameOf, formatFieldPath, parsePathElement } from './path-element.ts';

test('elements are read into one canonical text', () => {
  assert.equal(parsePathElement('f:a"b'), 'f:a"b');
  assert.equal(
    parsePathElement('k:{ "protocol":"TCP","containerPort":80 }'),
    'k:{"containerPort":80,"protocol":"TCP"}',
  );
  assert.equal(parsePathElement('v:"\\u0061"'), 'v:"a"');
  assert.equal(parsePathElement('i:007'), 'i:7');
});

test('a type of element that does not exist yet is dropped, nonsense is refused', () => {
  assert.equal(parsePathElement('z:new'), undefined);
  for (const text of ['', 'f', 'name', 'k:[]', 'k:{', 'k:null', 'v:', 'i:x', 'i:']) {
    assert.throws(() => parsePathElement(text), SyntaxError, text);
  }
});

test('elements are ordered as Kubernetes orders them', () => {
  const ordered = [
    '.',
    'f:a',
    'f:b',
    'k:{"containerPort":9}',
    'k:{"containerPort":80}',
    'k:{"containerPort":80,"protocol":"TCP"}',
    'k:{"containerPort":80,"protocol":"UDP"}',
    'k:{"name":"a"}',
    'v:2',
    'v:10',
    'v:"a"',
    'v:true',
    'i:2',
    'i:10',
  ];
  assert.deepEqual(ordered.toReversed().sort(comparePathElements), ordered);
});

test('paths are written as conflicts tell them', () => {
  const path = ['f:spec', 'f:ports', 'k:{"containerPort":80,"protocol":"TCP"}', 'f:name'];
  assert.equal(formatFieldPath(path), '.spec.ports[containerPort=80,protocol="TCP"].name');
  assert.equal(formatFieldPath(['f:metadata', 'f:finalizers', 'v:"x"']), '.metadata.finalizers[="x"]');
  assert.equal(formatFieldPath(['f:a', 'i:3']), '.a[3]');
});

test('only elements of objects have a name', () => {
  assert.equal(fieldNameOf('f:spec'), 'spec');
  assert.equal(fieldNameOf('k:{"name":"a"}'), undefined);
});
