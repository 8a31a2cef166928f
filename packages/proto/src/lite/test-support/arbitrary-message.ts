// Random messages of any type, made with protobuf-es, to compare the lite messages with.
import {
  create,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import fc from 'fast-check';
import { registry } from '../../registry.ts';
import { encode } from '../encode.ts';
import { isWrapper } from '../well-known.ts';

const MAX_FIELDS = 6;
const MAX_LEVELS = 4;

/** What random Any messages hold. */
const ANY_TYPES = [
  'google.protobuf.Duration',
  'google.protobuf.UInt32Value',
  'google.protobuf.Struct',
  'envoy.config.core.v3.SocketAddress',
  'envoy.config.core.v3.HealthCheck',
  'envoy.type.matcher.v3.StringMatcher',
];

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

/** The names of all messages that the generated code has. */
export const allTypes: readonly string[] = Array.from(registry, (desc) => desc.typeName);

/** Random messages of one type, such as have a JSON form too. */
export function arbitraryMessage(desc: DescMessage, levels: number = MAX_LEVELS): fc.Arbitrary<Message> {
  const special = wellKnown(desc, levels);
  if (special !== undefined) return special;
  if (levels === 0) return fc.constant(create(desc));
  return fc
    .subarray([...desc.fields], { maxLength: Math.min(MAX_FIELDS, desc.fields.length) })
    .chain((fields) => fc.tuple(...fields.map((field) => fc.tuple(fc.constant(field), fieldValue(field, levels - 1)))))
    .map((entries) => {
      const message = create(desc) as Message & { [name: string]: unknown };
      for (const [field, value] of entries) {
        if (field.oneof === undefined) message[field.localName] = value;
        else message[field.oneof.localName] = { case: field.localName, value };
      }
      return message;
    });
}

function wellKnown(desc: DescMessage, levels: number): fc.Arbitrary<Message> | undefined {
  const of = (init: fc.Arbitrary<object>) => init.map((fields) => create(desc, fields as never) as Message);
  switch (desc.typeName) {
    case 'google.protobuf.Duration':
      return of(
        fc
          .record({ sign: fc.constantFrom(-1, 1), seconds: fc.nat(315_576_000), nanos: fc.nat(999_999_999) })
          .map(({ sign, seconds, nanos }) => ({
            seconds: BigInt(sign * seconds),
            nanos: nanos === 0 ? 0 : sign * nanos,
          })),
      );
    case 'google.protobuf.Timestamp':
      return of(
        fc.record({ seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), nanos: fc.nat(999_999_999) }),
      );
    case 'google.protobuf.FieldMask':
      return of(fc.record({ paths: fc.array(fc.stringMatching(/^[a-z]+(_[a-z]+){0,2}$/), { maxLength: 3 }) }));
    case 'google.protobuf.Value':
      return of(valueInit(levels));
    case 'google.protobuf.Any':
      return of(
        fc
          .constantFrom(...ANY_TYPES)
          .chain((name) => arbitraryMessage(registry.getMessage(name)!, Math.min(levels, 2)))
          .map((message) => ({
            typeUrl: `type.googleapis.com/${message.$typeName}`,
            // With the entries of maps in the one order that bytes compare equal in.
            value: encode(message),
          })),
      );
    default:
      return undefined;
  }
}

function valueInit(levels: number): fc.Arbitrary<object> {
  const kind = (name: string, value: fc.Arbitrary<unknown>) =>
    value.map((content) => ({ kind: { case: name, value: content } }));
  const scalars = [
    kind('nullValue', fc.constant(0)),
    kind('numberValue', fc.double({ noNaN: true, noDefaultInfinity: true })),
    kind('stringValue', text),
    kind('boolValue', fc.boolean()),
  ];
  if (levels === 0) return fc.oneof(...scalars);
  const nested = (name: string) =>
    fc.constant(undefined).chain(() => arbitraryMessage(registry.getMessage(name)!, levels - 1));
  return fc.oneof(
    ...scalars,
    kind('structValue', nested('google.protobuf.Struct')),
    kind('listValue', nested('google.protobuf.ListValue')),
  );
}

function fieldValue(field: DescField, levels: number): fc.Arbitrary<unknown> {
  const value = oneValue(field, levels);
  if (field.fieldKind === 'list') return fc.array(value, { maxLength: 3 });
  if (field.fieldKind !== 'map') return value;
  return fc.dictionary(mapKey(field.mapKey), value, { maxKeys: 3, noNullPrototype: true });
}

function oneValue(field: DescField, levels: number): fc.Arbitrary<unknown> {
  if (field.enum !== undefined) {
    const numbers = field.enum.values.map((value) => value.number);
    return field.enum.open && field.enum.typeName !== 'google.protobuf.NullValue'
      ? fc.oneof(fc.constantFrom(...numbers), int32)
      : fc.constantFrom(...numbers);
  }
  if (field.message === undefined) return scalar(field.scalar!);
  const { message } = field;
  if (message.typeName === 'google.protobuf.Struct' && field.parent.typeName !== 'google.protobuf.Value') {
    return jsonObject(levels);
  }
  if (isWrapper(message.typeName) && field.fieldKind === 'message' && field.oneof === undefined) {
    return scalar(message.fields[0]!.scalar!);
  }
  return arbitraryMessage(message, levels);
}

function jsonObject(levels: number): fc.Arbitrary<JsonObject> {
  const json: fc.Arbitrary<JsonValue> =
    levels <= 0
      ? fc.oneof(text, fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }))
      : fc.oneof(text, fc.constant(null), fc.array(jsonObject(levels - 1), { maxLength: 2 }), jsonObject(levels - 1));
  return fc.dictionary(text, json, { maxKeys: 3, noNullPrototype: true });
}

function mapKey(type: ScalarType): fc.Arbitrary<string> {
  return type === ScalarType.STRING ? fc.oneof(text, fc.constant('__proto__')) : scalar(type).map(String);
}

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 10 });
    case ScalarType.DOUBLE:
      return fc.double({ noNaN: true });
    case ScalarType.FLOAT:
      return fc.float({ noNaN: true });
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return uint32;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return uint64;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return int64;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return int32;
  }
}
