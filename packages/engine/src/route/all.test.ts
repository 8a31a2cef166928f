import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, TYPE, typeExists } from '@weft/proto/lite';
import { MATCHER_SUPPORT } from '../compile/matchers/all.ts';
import { ROUTE_SUPPORTS } from './all.ts';

const TABLES = [...ROUTE_SUPPORTS, ...MATCHER_SUPPORT];

/** Tables of these are made where they are used first. */
const MADE_ELSEWHERE = [
  'envoy.config.core.v3.TypedExtensionConfig',
  'envoy.config.core.v3.WatchedDirectory',
  'envoy.config.core.v3.ConfigSource',
  'envoy.config.core.v3.ProxyProtocolPassThroughTLVs',
  'envoy.config.core.v3.SubstitutionFormatString',
  'xds.core.v3.CidrRange',
  'xds.core.v3.TypedExtensionConfig',
  'xds.type.matcher.v3.Matcher',
];

test('each message has one table, which names all of its fields', () => {
  const names = TABLES.map((table) => table.typeName);
  assert.deepEqual([...new Set(names)].length, names.length);
  for (const { typeName, fields } of TABLES) {
    assert.ok(typeExists(typeName), typeName);
    const inMessage = fieldsOf(typeName)!.map((field) => field.localName);
    assert.deepEqual([...fields.keys()].sort(), [...inMessage].sort(), typeName);
  }
});

test('every message that a supported field leads to has a table too', () => {
  const known = new Set([...TABLES.map((table) => table.typeName), ...MADE_ELSEWHERE]);
  for (const { typeName, fields } of TABLES) {
    for (const field of fieldsOf(typeName)!) {
      if (fields.get(field.localName) !== true) continue;
      if (field.type !== TYPE.message || field.typeName.startsWith('google.protobuf.')) continue;
      assert.ok(known.has(field.typeName), `${typeName}.${field.name} leads to ${field.typeName}`);
    }
  }
});
