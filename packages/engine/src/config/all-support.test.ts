import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, enumSchema, type Field, fieldsOf, Problems, TYPE, typeExists } from '@weft/proto/lite';
import type { TypedMessage } from '../compile/context.ts';
import { type MessageSupport, WithoutEffect } from '../compile/support.ts';
import { isEnumSupport } from '../compile/support-enum.ts';
import { ALL_CATEGORIES } from './all-categories.ts';
import { ALL_SUPPORT } from './all-support.ts';
import { checkSupport } from './check-support.ts';
import { createConfigContext } from './environment.ts';
import { compileExtension } from './extension-category.ts';
import { indexSupport } from './support-index.ts';
import { TEST_ENVIRONMENT } from './test-support/compile.ts';

const INDEX = indexSupport(ALL_SUPPORT);
const MESSAGES = ALL_SUPPORT.filter((table): table is MessageSupport => !isEnumSupport(table));

test('each message has one table, which names all of its fields', () => {
  for (const { typeName, fields } of MESSAGES) {
    assert.ok(typeExists(typeName), typeName);
    const inMessage = fieldsOf(typeName)!.map((field) => field.localName);
    assert.deepEqual([...fields.keys()].sort(), [...inMessage].sort(), typeName);
  }
});

test('every message that a supported field leads to has a table too', () => {
  const missing: string[] = [];
  for (const { typeName, fields } of MESSAGES) {
    for (const field of fieldsOf(typeName)!) {
      if (fields.get(field.localName) !== true || field.type !== TYPE.message) continue;
      if (field.typeName.startsWith('google.')) continue;
      const isKnown = INDEX.fieldsOf(field.typeName) !== undefined;
      if (!isKnown) missing.push(`${typeName}.${field.name} leads to ${field.typeName}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('every supported extension has a table', () => {
  for (const category of ALL_CATEGORIES) {
    for (const { typeName } of category.supported) assert.ok(INDEX.fieldsOf(typeName), `${category.name}: ${typeName}`);
  }
});

/** Some value of a field, whatever it means. */
function someValue(field: Field): unknown {
  const one = someScalar(field);
  if (field.kind === 'list') return [one];
  return field.kind === 'map' ? { key: one } : one;
}

function someScalar(field: Field): unknown {
  if (field.isJsonObject) return {};
  if (field.isUnwrapped) return field.typeName === 'google.protobuf.BoolValue' ? true : 1;
  switch (field.type) {
    case TYPE.message:
      return create(field.typeName as never);
    case TYPE.bool:
      return true;
    case TYPE.string:
      return 'text';
    case TYPE.bytes:
      return new Uint8Array(1);
    default:
      return 1;
  }
}

function messageWith(typeName: string, field: Field, value: unknown): TypedMessage {
  const given =
    field.oneof === undefined
      ? { [field.localName]: value }
      : { [field.oneof.localName]: { case: field.localName, value } };
  return create(typeName as never, given as never);
}

test('a set field without support is refused by its name, with the reason of its table', () => {
  let refused = 0;
  for (const { typeName, fields } of MESSAGES) {
    for (const field of fieldsOf(typeName)!) {
      const support = fields.get(field.localName);
      if (typeof support !== 'string') continue;
      const report = new Problems('at');
      checkSupport(messageWith(typeName, field, someValue(field)), INDEX, report);
      assert.deepEqual(report.list, [{ path: `at.${field.name}`, reason: `is not supported: ${support}` }], typeName);
      refused++;
    }
  }
  assert.ok(refused > 100);
});

test('a field that has no effect may be set, with whatever is in it', () => {
  for (const { typeName, fields } of MESSAGES) {
    for (const field of fieldsOf(typeName)!) {
      if (!(fields.get(field.localName) instanceof WithoutEffect)) continue;
      const report = new Problems();
      checkSupport(messageWith(typeName, field, someValue(field)), INDEX, report);
      assert.deepEqual(report.list, []);
    }
  }
});

/** A supported field of the enum's type. */
function holderOf(enumName: string): { readonly typeName: string; readonly field: Field } | undefined {
  for (const { typeName, fields } of MESSAGES) {
    const field = fieldsOf(typeName)!.find((each) => each.typeName === enumName && fields.get(each.localName) === true);
    if (field !== undefined) return { typeName, field };
  }
  return undefined;
}

test('every value of an enum with a table is named by it, and those without support are refused', () => {
  for (const table of ALL_SUPPORT) {
    if (!isEnumSupport(table)) continue;
    const values = INDEX.valuesOf(table.typeName)!;
    for (const { number, name } of enumSchema(table.typeName).values) {
      const support = values.get(number);
      if (typeof support !== 'string') continue;
      const holder = holderOf(table.typeName);
      assert.ok(holder, `no supported field holds ${table.typeName}`);
      const report = new Problems();
      const value = holder.field.kind === 'list' ? [number] : number;
      // Zero is what a field without presence has when it is not set.
      if (number === 0 && holder.field.kind === 'singular' && !holder.field.hasPresence) continue;
      checkSupport(messageWith(holder.typeName, holder.field, value), INDEX, report);
      assert.deepEqual(report.list, [{ path: holder.field.name, reason: `${name} is not supported: ${support}` }]);
    }
  }
});

test('an extension that is not there is refused by name, with what to do instead or what there is', () => {
  for (const category of ALL_CATEGORIES) {
    for (const [typeName, why] of [...Object.entries(category.refused), ['some.Other', ''] as const]) {
      const context = createConfigContext(TEST_ENVIRONMENT);
      const typedConfig = { typeUrl: `type.googleapis.com/${typeName}`, value: new Uint8Array(0) };
      assert.equal(compileExtension(category, { name: 'mine', typedConfig }, 'at', context), undefined);
      const all = `; supported: ${category.supported.map((each) => each.typeName).join(', ')}`;
      const reason = `${category.what} "mine" (${typeName}) is not supported${why === '' ? all : `: ${why}`}`;
      assert.deepEqual(context.problems.list(), [{ path: 'at.typed_config', reason }]);
    }
  }
});

test('no extension is both there and refused', () => {
  for (const { supported, refused } of ALL_CATEGORIES) {
    for (const { typeName } of supported) assert.ok(!Object.hasOwn(refused, typeName), typeName);
  }
});
