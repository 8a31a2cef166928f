import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { any, anyObject, integer, list, map, object, string } from './build.ts';
import { prune } from './prune.ts';
import type { Schema } from './schema.ts';

const schema = object('o', {
  spec: object('s', {
    http: list('l', object('h', { name: string('n') })),
    labels: map('m', object('v', { a: string('a') })),
    free: anyObject('f'),
    anything: any('a'),
    none: object('n', {}),
    size: integer('i'),
  }),
});

describe('prune', () => {
  it('drops unknown fields, names them as the API server does, and leaves the given object alone', () => {
    const given = {
      spec: { http: [{ name: 'a' }, { name: 'b', bogus: 1 }], labels: { 'x.y/z': { b: 1 }, k: { b: 1 } } },
      more: {},
    };
    const before = structuredClone(given);
    const pruned = prune(schema, given);
    assert.deepEqual(pruned.value, { spec: { http: [{ name: 'a' }, { name: 'b' }], labels: { 'x.y/z': {}, k: {} } } });
    assert.deepEqual(pruned.unknown, ['spec.http[1].bogus', 'spec.labels[x.y/z].b', 'spec.labels.k.b', 'more']);
    assert.deepEqual(given, before);
    assert.equal((pruned.value as typeof given).spec.http[0], given.spec.http[0]);
  });

  it('returns the value itself when nothing is unknown', () => {
    const given = { spec: { http: [{ name: 'a' }] } };
    assert.equal(prune(schema, given).value, given);
  });

  it('keeps what is free, and everything but members of an object without fields', () => {
    const given = { spec: { free: { a: { b: 1 } }, anything: { c: [1] }, none: { d: 1 } } };
    assert.deepEqual(prune(schema, given).value, { spec: { free: { a: { b: 1 } }, anything: { c: [1] }, none: {} } });
  });

  it('leaves wrong types to validation', () => {
    const given = { spec: { size: { a: 1 }, http: 'x' } };
    assert.deepEqual(prune(schema, given), { value: given, unknown: [] });
  });

  it('keeps described parts of a kept object pruned', () => {
    const kept: Schema = { type: 'object', preserveUnknown: true, properties: { a: object('a', { b: string('b') }) } };
    assert.deepEqual(prune(kept, { a: { b: '1', c: 2 }, d: 3 }).value, { a: { b: '1' }, d: 3 });
  });

  it('never touches a prototype', () => {
    const value = JSON.parse('{"spec":{"labels":{"__proto__":{"a":"1","polluted":true}}}}');
    const pruned = prune(schema, value).value;
    assert.equal(JSON.stringify(pruned), '{"spec":{"labels":{"__proto__":{"a":"1"}}}}');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('names at most 100 unknown fields', () => {
    const given = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 1]));
    const pruned = prune(schema, given);
    assert.equal(pruned.unknown.length, 100);
    assert.deepEqual(pruned.value, {});
  });
});
