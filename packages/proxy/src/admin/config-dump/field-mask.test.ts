import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyMask, parseMask } from './field-mask.ts';

function masked(value: Readonly<Record<string, unknown>>, text: string) {
  const mask = parseMask(text);
  return mask === undefined ? value : applyMask(value, mask);
}

test('what is named stays, with types, through lists too', () => {
  const value = { '@type': 't', a: { b: 1, c: { d: 2, e: 3 } }, list: [{ x: 1, y: 2 }, 'text'], z: 1 };
  assert.deepEqual(masked(value, 'a.c.d'), { '@type': 't', a: { c: { d: 2 } } });
  assert.deepEqual(masked(value, 'a.b,list.x'), { '@type': 't', a: { b: 1 }, list: [{ x: 1 }, 'text'] });
  assert.deepEqual(masked(value, 'a'), { '@type': 't', a: value.a });
  assert.deepEqual(masked(value, ''), value);
  assert.deepEqual(masked(value, 'nothing.here'), { '@type': 't' });
});

test('whatever the mask is, nothing that was not there appears', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (value, text) => {
      const left = masked(value as Readonly<Record<string, unknown>>, text);
      for (const key of Object.keys(left)) assert.ok(Object.hasOwn(value, key));
    }),
  );
});
