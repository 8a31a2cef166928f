import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamView } from '../view/stream-view.ts';
import { applyHeaderMutations, type HeaderTarget } from './apply-mutations.ts';
import {
  type AppendAction,
  type HeaderAddition,
  type HeaderMutations,
  isModifiableHeader,
} from './header-mutations.ts';

/** Header fields by name, the lines of a name in their order. */
function targetOf(fields: Record<string, string[]>): HeaderTarget & { readonly fields: Record<string, string[]> } {
  return {
    fields,
    get: (name) => fields[name]?.join(','),
    set: (name, value) => {
      fields[name] = [value];
    },
    add: (name, value) => {
      fields[name] = [...(fields[name] ?? []), value];
    },
    remove: (name) => {
      delete fields[name];
    },
  };
}

function addition(name: string, action: AppendAction, text: string, keepsEmptyValue = false): HeaderAddition {
  return { name, action, text, keepsEmptyValue, formatter: undefined };
}

/** No format reads it here. */
const VIEW = {} as StreamView;

function apply(levels: readonly Partial<HeaderMutations>[], fields: Record<string, string[]>) {
  const target = targetOf(fields);
  applyHeaderMutations(
    levels.map((level) => ({ removals: [], additions: [], ...level })),
    target,
    VIEW,
  );
  return target.fields;
}

test('the four actions, on a header that is there and on one that is not', () => {
  const there = (action: AppendAction) =>
    apply([{ additions: [addition('a', action, 'new')] }], { a: ['1', '2'] })['a'];
  const missing = (action: AppendAction) => apply([{ additions: [addition('a', action, 'new')] }], {})['a'];
  assert.deepEqual([there('appendOrAdd'), missing('appendOrAdd')], [['1', '2', 'new'], ['new']]);
  assert.deepEqual([there('addIfAbsent'), missing('addIfAbsent')], [['1', '2'], ['new']]);
  assert.deepEqual([there('overwriteOrAdd'), missing('overwriteOrAdd')], [['new'], ['new']]);
  assert.deepEqual([there('overwriteIfExists'), missing('overwriteIfExists')], [['new'], undefined]);
});

test('empty values are written only where that is asked for', () => {
  assert.deepEqual(apply([{ additions: [addition('a', 'overwriteOrAdd', '')] }], { a: ['1'] }), { a: ['1'] });
  assert.deepEqual(apply([{ additions: [addition('a', 'overwriteOrAdd', '', true)] }], { a: ['1'] }), { a: [''] });
});

test('a level removes, then overwrites, then adds; the next level sees what it made', () => {
  const first = {
    removals: ['a'],
    additions: [addition('a', 'appendOrAdd', '1'), addition('a', 'overwriteOrAdd', '2')],
  };
  assert.deepEqual(apply([first], { a: ['0'] }), { a: ['2', '1'] });
  assert.deepEqual(apply([first, { additions: [addition('a', 'addIfAbsent', '3')] }], {}), { a: ['2', '1'] });
  assert.deepEqual(apply([first, { removals: ['a'] }], {}), {});
});

test('values are computed before any of them is written', () => {
  const copy = { name: 'b', action: 'overwriteOrAdd', text: undefined, keepsEmptyValue: false } as const;
  const target = targetOf({ a: ['old'] });
  const additions = [addition('a', 'overwriteOrAdd', 'new'), { ...copy, formatter: { format: () => target.get('a') } }];
  applyHeaderMutations([{ removals: [], additions }], target, VIEW);
  assert.deepEqual(target.fields, { a: ['new'], b: ['old'] });
});

test('which headers may be changed', () => {
  assert.deepEqual([':path', 'Host', 'host', 'x-host'].map(isModifiableHeader), [false, false, false, true]);
});
