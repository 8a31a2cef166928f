import type { Message } from '@bufbuild/protobuf';
import { typeNameOf } from '../../type-url.ts';
import { decode } from '../decode.ts';
import { enumSchema, knownMessage, schemaOf } from '../load-schema.ts';
import { emptyMap } from '../new-message.ts';
import { valueIfSet } from '../presence.ts';
import { Problems } from '../problems.ts';
import { type Field, type Fields, type MessageSchema, TYPE, type ValueType, zeroOf } from '../schema.ts';
import { hasOwnJson, isWrapper } from '../well-known.ts';
import { MAX_DEPTH } from '../wire.ts';
import { encodeBase64 } from './base64.ts';
import { jsonOfValue } from './dynamic-to-json.ts';
import type { Json } from './json.ts';
import { is64Bit } from './scalar-from-json.ts';
import { formatDuration, formatTimestamp, type Time } from './time.ts';

/** How to write JSON. */
export interface ToJsonOptions {
  /** Names as in the .proto files instead of camelCase, as Envoy's admin interface writes them. */
  readonly useProtoNames?: boolean;
  /** Hides what is in fields that are marked as sensitive, the way Envoy does: texts become "[redacted]", numbers disappear. */
  readonly redact?: boolean;
}

/** A message, one of protobuf-es too, as JSON. An Any of an unknown type, or whose bytes are broken or nested too deep, keeps them in base64 under "value". */
export function toJson(message: Message, options: ToJsonOptions = {}): Json {
  const schema = knownMessage(message.$typeName);
  return messageToJson(schema, message as unknown as Fields, { options, isSensitive: false, anys: 0 });
}

interface Writing {
  readonly options: ToJsonOptions;
  /** True within a sensitive field that has to be redacted. */
  readonly isSensitive: boolean;
  /** In how many Anys this stands: each is decoded anew, so the bound of decoding does not hold across them. */
  readonly anys: number;
}

const REDACTED = '[redacted]';

function messageToJson(schema: MessageSchema, message: Fields, writing: Writing): Json {
  if (!hasOwnJson(schema.name)) return fieldsToJson(schema, message, writing);
  if (isWrapper(schema.name)) {
    const field = schema.fields[0]!;
    return valueToJson(field, message['value'] ?? zeroOf(field.type), writing) ?? null;
  }
  switch (schema.name) {
    case 'google.protobuf.Any':
      return anyToJson(message, writing);
    case 'google.protobuf.Duration':
      return formatDuration(timeOf(message));
    case 'google.protobuf.Timestamp':
      return formatTimestamp(timeOf(message)) ?? null;
    case 'google.protobuf.FieldMask':
      return pathsOf(message).map(camelPath).join(',');
    default:
      return writing.isSensitive ? REDACTED : jsonOfValue(schema.name, message);
  }
}

function fieldsToJson(schema: MessageSchema, message: Fields, writing: Writing): { [key: string]: Json } {
  const json = emptyMap() as { [key: string]: Json };
  for (const field of schema.fields) {
    const value = valueIfSet(message, field);
    if (value === undefined) continue;
    const isSensitive = writing.isSensitive || (field.isSensitive && writing.options.redact === true);
    const inner = isSensitive === writing.isSensitive ? writing : { ...writing, isSensitive };
    const written = fieldToJson(field, value, inner);
    if (written !== undefined) json[writing.options.useProtoNames === true ? field.name : field.jsonName] = written;
  }
  return json;
}

/** Undefined for what redaction leaves out. */
function fieldToJson(field: Field, value: unknown, writing: Writing): Json | undefined {
  if (field.kind === 'list') {
    const list = (value as readonly unknown[]).map((element) => valueToJson(field, element, writing));
    return list.filter((element) => element !== undefined);
  }
  if (field.kind === 'singular') return valueToJson(field, value, writing);
  const map = emptyMap() as { [key: string]: Json };
  for (const [key, element] of Object.entries(value as Fields)) {
    const written = valueToJson(field, element, writing);
    if (written !== undefined) map[key] = written;
  }
  return map;
}

function valueToJson(field: Field, value: unknown, writing: Writing): Json | undefined {
  if (field.isJsonObject) return writing.isSensitive ? REDACTED : (value as Json);
  if (field.isUnwrapped) return scalarToJson(schemaOf(field).fields[0]!.type, value, writing);
  if (field.type === TYPE.message) return messageToJson(schemaOf(field), value as Fields, writing);
  if (field.type !== TYPE.enum) return scalarToJson(field.type, value, writing);
  if (writing.isSensitive) return undefined;
  return enumToJson(field.typeName, value as number);
}

function enumToJson(typeName: string, number: number): Json {
  if (typeName === 'google.protobuf.NullValue') return null;
  return enumSchema(typeName).values.find((value) => value.number === number)?.name ?? number;
}

function scalarToJson(type: ValueType, value: unknown, writing: Writing): Json | undefined {
  if (writing.isSensitive) return redacted(type);
  if (type === TYPE.bytes) return encodeBase64(value as Uint8Array);
  if (is64Bit(type)) return String(value as bigint);
  if (type === TYPE.double) return numberToJson(value as number);
  if (type === TYPE.float) return numberToJson(shortestFloat(value as number));
  return value as Json;
}

function redacted(type: ValueType): Json | undefined {
  if (type === TYPE.string) return REDACTED;
  return type === TYPE.bytes ? encodeBase64(new TextEncoder().encode(REDACTED)) : undefined;
}

function numberToJson(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** The shortest number that is this float of 32 bits: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function anyToJson(any: Fields, writing: Writing): Json {
  const typeUrl = (any['typeUrl'] ?? '') as string;
  const value = (any['value'] ?? new Uint8Array(0)) as Uint8Array;
  if (typeUrl === '' && value.length === 0) return {};
  const report = new Problems();
  const message = writing.anys < MAX_DEPTH ? decode(typeNameOf(typeUrl), value, report) : undefined;
  if (message === undefined || !report.isEmpty) {
    return { '@type': typeUrl, value: scalarToJson(TYPE.bytes, value, writing) ?? null };
  }
  const schema = knownMessage(message.$typeName);
  const content = messageToJson(schema, message as unknown as Fields, { ...writing, anys: writing.anys + 1 });
  if (hasOwnJson(schema.name)) return { '@type': typeUrl, value: content };
  return { '@type': typeUrl, ...(content as { [key: string]: Json }) };
}

function timeOf(message: Fields): Time {
  return { seconds: (message['seconds'] ?? 0n) as bigint, nanos: (message['nanos'] ?? 0) as number };
}

function pathsOf(message: Fields): readonly string[] {
  return (message['paths'] ?? []) as readonly string[];
}

function camelPath(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
