import type { Message } from '@bufbuild/protobuf';
import { typeNameOf } from '../../type-url.ts';
import { encode } from '../encode.ts';
import { enumSchema, fieldNamed, messageSchema, schemaOf } from '../load-schema.ts';
import { emptyMap } from '../new-message.ts';
import { assign } from '../presence.ts';
import type { Problems } from '../problems.ts';
import { type Field, type Fields, isZero, type MessageSchema, TYPE, type ValueType } from '../schema.ts';
import { show } from '../show.ts';
import { messageNames } from '../table.ts';
import { hasOwnJson, isWrapper } from '../well-known.ts';
import { MAX_DEPTH } from '../wire.ts';
import { jsonObjectFrom, listValueFrom, structFrom, valueFrom } from './dynamic-from-json.ts';
import { isObject } from './json.ts';
import { describeScalar, scalarFromJson } from './scalar-from-json.ts';
import { didYouMean } from './suggest.ts';
import { parseDuration, parseTimestamp } from './time.ts';

/**
 * Reads a message of the named type from JSON data, or YAML that is parsed, by the rules of ProtoJSON and with the liberties that Envoy
 * takes. All that is wrong is reported; the answer holds what is right, and is undefined if nothing is.
 */
export function fromJson<T extends Message>(typeName: T['$typeName'], json: unknown, report: Problems): T | undefined {
  const schema = messageSchema(typeName);
  if (schema === undefined) {
    report.add('', unknownType(typeName, report));
    return undefined;
  }
  return messageFrom(schema, json, { report, depth: 0 }) as T | undefined;
}

interface Reading {
  readonly report: Problems;
  depth: number;
}

function messageFrom(schema: MessageSchema, json: unknown, reading: Reading): Fields | undefined {
  if (reading.depth >= MAX_DEPTH) {
    reading.report.add('', `messages nested deeper than ${MAX_DEPTH}`);
    return undefined;
  }
  reading.depth++;
  const message = hasOwnJson(schema.name) ? wellKnownFrom(schema, json, reading) : fieldsFrom(schema, json, reading);
  reading.depth--;
  return message;
}

function fieldsFrom(schema: MessageSchema, json: unknown, reading: Reading, ignored?: string): Fields | undefined {
  if (!isObject(json)) return refuse(reading, 'an object', json);
  const message = schema.create();
  const seen = new Set<Field>();
  for (const key of Object.keys(json)) {
    if (key === ignored) continue;
    const field = fieldNamed(schema, key);
    if (field === undefined) reading.report.add(key, `unknown field${hintFor(schema, key, reading.report)}`);
    else if (isNotSet(field, json[key])) continue;
    else if (isFirst(field, seen, message, reading)) readField(field, message, json[key], reading);
  }
  return message;
}

function hintFor(schema: MessageSchema, key: string, report: Problems): string {
  if (report.isFull) return '';
  if (key === '@type') return `: the field holds ${schema.name} itself and no google.protobuf.Any`;
  return didYouMean(
    key,
    schema.fields.map((field) => field.name),
  );
}

/** Null means that a field is not set, except where null is a value. */
function isNotSet(field: Field, json: unknown): boolean {
  return json === null && (field.kind !== 'singular' || !NULL_IS_VALUE.has(field.typeName));
}

const NULL_IS_VALUE: ReadonlySet<string> = new Set(['google.protobuf.Value', 'google.protobuf.NullValue']);

/** Reports a field that stands there in both spellings, and a second member of a oneof. */
function isFirst(field: Field, seen: Set<Field>, message: Fields, { report }: Reading): boolean {
  if (seen.has(field)) {
    report.add(field.name, `given twice, as ${JSON.stringify(field.name)} and as ${JSON.stringify(field.jsonName)}`);
    return false;
  }
  seen.add(field);
  const selected = field.oneof && (message[field.oneof.localName] as { case: string | undefined }).case;
  if (selected === undefined) return true;
  const other = [...seen].find(({ localName }) => localName === selected);
  report.add(field.name, `only one field of ${JSON.stringify(field.oneof!.name)} may be set, and ${other!.name} is`);
  return false;
}

function readField(field: Field, message: Fields, json: unknown, reading: Reading): void {
  const { report } = reading;
  report.enter(field.name);
  const value = fieldValueFrom(field, json, reading);
  report.leave();
  if (value === undefined) return;
  if (field.kind === 'singular' && !field.hasPresence && isZero(value)) return;
  assign(message, field, value);
}

function fieldValueFrom(field: Field, json: unknown, reading: Reading): unknown {
  switch (field.kind) {
    case 'list':
      return listFrom(field, json, reading);
    case 'map':
      return mapFrom(field, json, reading);
    case 'singular':
      return oneFrom(field, json, reading);
  }
}

/** A list of one value may be written as the value alone, as Envoy allows. */
function listFrom(field: Field, json: unknown, reading: Reading): unknown[] | undefined {
  const list: unknown[] = [];
  if (!Array.isArray(json)) {
    const value = oneFrom(field, json, reading);
    return value === undefined ? undefined : [value];
  }
  for (let i = 0; i < json.length; i++) {
    reading.report.enterIndex(i);
    const value = oneFrom(field, json[i], reading);
    reading.report.leave();
    if (value !== undefined) list.push(value);
  }
  return list.length === 0 ? undefined : list;
}

function mapFrom(field: Field, json: unknown, reading: Reading): Fields | undefined {
  if (!isObject(json)) return refuse(reading, 'an object', json);
  const map = emptyMap();
  const keys = Object.keys(json);
  for (const key of keys) {
    reading.report.enterKey(key);
    const mapKey = scalarFromJson(field.mapKey!, key);
    if (mapKey === undefined) {
      reading.report.add('', `expected ${describeScalar(field.mapKey!)} as key`);
    } else {
      const value = oneFrom(field, json[key], reading);
      if (value !== undefined) map[`${mapKey as string | number | bigint | boolean}`] = value;
    }
    reading.report.leave();
  }
  return keys.length === 0 ? undefined : map;
}

/** One value: of a field, an element or a map. */
function oneFrom(field: Field, json: unknown, reading: Reading): unknown {
  if (field.isJsonObject) return jsonObjectFrom(json, reading.report);
  if (field.type === TYPE.enum) return enumFrom(field, json, reading);
  if (field.type !== TYPE.message) return scalarFrom(field.type, json, reading);
  if (field.isUnwrapped) return wrapperFrom(schemaOf(field), json, reading)?.['value'];
  return messageFrom(schemaOf(field), json, reading);
}

function scalarFrom(type: ValueType, json: unknown, reading: Reading): unknown {
  return scalarFromJson(type, json) ?? refuse(reading, describeScalar(type), json);
}

/** By name, upper or lower case as in Envoy, or by number; numbers without a name are for `validate` to judge. */
function enumFrom(field: Field, json: unknown, reading: Reading): number | undefined {
  const { values } = enumSchema(field.typeName);
  if (field.typeName === 'google.protobuf.NullValue' && json === null) return 0;
  const number = scalarFromJson(TYPE.enum, json);
  if (number !== undefined) return number as number;
  if (typeof json !== 'string') return refuse(reading, 'the name of a value', json);
  const upper = json.toUpperCase();
  const value = values.find(({ name }) => name === json) ?? values.find(({ name }) => name.toUpperCase() === upper);
  if (value !== undefined) return value.number;
  const names = values.map(({ name }) => name);
  const hint = (!reading.report.isFull && didYouMean(json, names)) || `; expected ${listed(names)}`;
  reading.report.add('', `unknown value ${show(json)}${hint}`);
  return undefined;
}

/** Long enumerations are cut off. */
function listed(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} or another` : names.join(', ');
}

/** A wrapper is its value; Envoy takes the object with the field too. */
function wrapperFrom(schema: MessageSchema, json: unknown, reading: Reading): Fields | undefined {
  const field = schema.fields[0]!;
  if (isObject(json)) {
    return fieldsFrom(schema, json, reading);
  }
  const value = scalarFrom(field.type, json, reading);
  if (value === undefined) return undefined;
  const message = schema.create();
  if (!isZero(value)) message['value'] = value;
  return message;
}

function wellKnownFrom(schema: MessageSchema, json: unknown, reading: Reading): Fields | undefined {
  if (isWrapper(schema.name)) return wrapperFrom(schema, json, reading);
  switch (schema.name) {
    case 'google.protobuf.Any':
      return anyFrom(schema, json, reading);
    case 'google.protobuf.Duration':
      return timeFrom(schema, json, reading, parseDuration, 'a duration such as "1.5s"');
    case 'google.protobuf.Timestamp':
      return timeFrom(schema, json, reading, parseTimestamp, 'a time such as "2006-01-02T15:04:05Z"');
    case 'google.protobuf.FieldMask':
      return fieldMaskFrom(schema, json, reading);
    case 'google.protobuf.Struct':
      return structFrom(json, reading.report);
    case 'google.protobuf.ListValue':
      return listValueFrom(json, reading.report);
    default:
      return valueFrom(json, reading.report);
  }
}

/** Text, or as Envoy takes it too, an object with seconds and nanos. */
function timeFrom(
  schema: MessageSchema,
  json: unknown,
  reading: Reading,
  parse: typeof parseDuration,
  expected: string,
): Fields | undefined {
  if (isObject(json)) return fieldsFrom(schema, json, reading);
  const time = typeof json === 'string' ? parse(json) : undefined;
  if (time === undefined) return refuse(reading, expected, json);
  const message = schema.create();
  if (time.seconds !== 0n) message['seconds'] = time.seconds;
  if (time.nanos !== 0) message['nanos'] = time.nanos;
  return message;
}

function fieldMaskFrom(schema: MessageSchema, json: unknown, reading: Reading): Fields | undefined {
  if (typeof json !== 'string') return refuse(reading, 'field names with commas between them', json);
  const message = schema.create();
  if (json !== '') {
    message['paths'] = json.split(',').map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  }
  return message;
}

/** The content of an Any is read as what "@type" says and encoded at once. */
function anyFrom(schema: MessageSchema, json: unknown, reading: Reading): Fields | undefined {
  if (!isObject(json)) return refuse(reading, 'an object with "@type"', json);
  const any = schema.create();
  if (Object.keys(json).length === 0) return any;
  const typeUrl = json['@type'];
  const content = contentSchema(typeUrl, reading.report);
  const message = content && contentFrom(content, json, reading);
  if (message === undefined) return undefined;
  any['typeUrl'] = typeUrl;
  const bytes = encode(message as unknown as Message);
  if (bytes.length > 0) any['value'] = bytes;
  return any;
}

function contentSchema(typeUrl: unknown, report: Problems): MessageSchema | undefined {
  if (typeUrl === undefined) {
    report.add('@type', 'required: the type URL of the message, such as "type.googleapis.com/google.protobuf.Empty"');
    return undefined;
  }
  // Envoy wants a host in front, whatever it is.
  if (typeof typeUrl !== 'string' || typeUrl.indexOf('/') <= 0) {
    report.add(
      '@type',
      `expected a type URL such as "type.googleapis.com/google.protobuf.Empty", got ${show(typeUrl)}`,
    );
    return undefined;
  }
  const schema = messageSchema(typeNameOf(typeUrl));
  if (schema === undefined) report.add('@type', unknownType(typeUrl, report));
  return schema;
}

function contentFrom(schema: MessageSchema, json: Fields, reading: Reading): Fields | undefined {
  if (!hasOwnJson(schema.name)) return fieldsFrom(schema, json, reading, '@type');
  for (const key of Object.keys(json)) {
    if (key !== '@type' && key !== 'value') {
      reading.report.add(key, `unknown field; ${schema.name} in an Any is written under "value"`);
    }
  }
  reading.report.enter('value');
  const message = messageFrom(schema, json['value'] ?? null, reading);
  reading.report.leave();
  return message;
}

/** Who upgrades has often only the wrong package, so a type of the same name is what is offered. */
function unknownType(typeUrl: string, report: Problems): string {
  const reason = `unknown message type ${show(typeUrl)}`;
  if (report.isFull) return reason;
  const typeName = typeNameOf(typeUrl);
  const ending = `.${typeName.slice(typeName.lastIndexOf('.') + 1)}`;
  for (const name of messageNames()) if (name.endsWith(ending)) return `${reason}; did you mean ${show(name)}?`;
  return reason;
}

function refuse(reading: Reading, expected: string, json: unknown): undefined {
  reading.report.add('', `expected ${expected}, got ${show(json)}`);
  return undefined;
}
