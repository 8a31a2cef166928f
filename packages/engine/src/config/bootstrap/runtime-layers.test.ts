import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayeredRuntime } from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import { fromJson, Problems as ReadProblems } from '@weft/proto/lite';
import { Problems } from '../../compile/problems.ts';
import { compileRuntimeLayers, mergeRuntimeLayers } from './runtime-layers.ts';

function runtimeOf(...layers: readonly unknown[]) {
  const json = { layers: layers.map((layer, i) => ({ name: `layer ${i}`, static_layer: layer })) };
  const message = fromJson<LayeredRuntime>('envoy.config.bootstrap.v3.LayeredRuntime', json, new ReadProblems());
  const problems = new Problems();
  const compiled = compileRuntimeLayers(message, 'layered_runtime', { problems });
  return { runtime: mergeRuntimeLayers(compiled), problems: problems.list() };
}

test('values are found by dotted keys, however the struct nests them', () => {
  const { runtime } = runtimeOf({ a: { b: { c: 7 } }, 'a.d': 8, on: true, text: '12', yes: 'true' });
  assert.equal(runtime.integer('a.b.c'), 7);
  assert.equal(runtime.integer('a.d'), 8);
  assert.equal(runtime.boolean('on'), true);
  assert.equal(runtime.integer('text'), 12);
  assert.equal(runtime.boolean('yes'), true);
  assert.equal(runtime.integer('a'), undefined);
  assert.equal(runtime.integer('on'), undefined);
});

test('a fraction is a struct with a numerator, or a whole number of percent', () => {
  const { runtime } = runtimeOf({
    share: { numerator: 5, denominator: 'TEN_THOUSAND' },
    percent: 30,
    plain: { numerator: 3 },
    // Neither of these is a fraction.
    other: { numerator: 3, more: 1 },
    much: 700,
  });
  assert.deepEqual(runtime.fraction('share'), { numerator: 5, denominator: 10_000 });
  assert.deepEqual(runtime.fraction('percent'), { numerator: 30, denominator: 100 });
  assert.deepEqual(runtime.fraction('plain'), { numerator: 3, denominator: 100 });
  assert.equal(runtime.fraction('other'), undefined);
  assert.equal(runtime.integer('other.numerator'), 3);
  assert.deepEqual(runtime.fraction('much'), { numerator: 100, denominator: 100 });
});

test('later layers win, key by key', () => {
  const { runtime } = runtimeOf({ a: 1, b: 1 }, { b: 2, c: 2 });
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => runtime.integer(key)),
    [1, 2, 2],
  );
});

test('what is no value is a problem', () => {
  assert.deepEqual(runtimeOf({ a: [1] }).problems, [
    {
      path: 'layered_runtime.layers[0].static_layer["a"]',
      reason: 'a runtime value is a number, a boolean, a text, or a fraction',
    },
  ]);
});
