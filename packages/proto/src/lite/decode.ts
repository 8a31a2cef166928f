import type { Message } from '@bufbuild/protobuf';
import { readJsonObject } from './decode-struct.ts';
import { messageSchema, schemaOf } from './load-schema.ts';
import { emptyMap, NO_ENTRIES, NO_ITEMS } from './new-message.ts';
import { assign } from './presence.ts';
import type { Problems } from './problems.ts';
import { type Field, type Fields, isZero, type MessageSchema, TYPE, zeroOf } from './schema.ts';
import { show } from './show.ts';
import { isPackable, MAX_DEPTH, WIRE, WireError } from './wire.ts';
import { WireReader } from './wire-reader.ts';

/** How to decode. */
export interface DecodeOptions {
  /** Protocols that grow, xDS itself for one, want fields they do not know to be ignored; configuration does not. */
  readonly unknownFields?: 'report' | 'ignore';
}

/**
 * Decodes a message of the named type. Fields that are not known are reported and left out. If the bytes are no such message, that is
 * reported and the answer is undefined. Fields of bytes are views of the input, so nobody may write to it afterwards.
 */
export function decode<T extends Message>(
  typeName: T['$typeName'],
  bytes: Uint8Array,
  report: Problems,
  options: DecodeOptions = {},
): T | undefined {
  const schema = messageSchema(typeName);
  if (schema === undefined) {
    report.add('', `unknown message type ${show(typeName)}`);
    return undefined;
  }
  const decoding: Decoding = {
    reader: new WireReader(bytes),
    report,
    reportsUnknown: options.unknownFields !== 'ignore',
    at: '',
  };
  const { depth } = report;
  const message = schema.create();
  try {
    readMessage(decoding, schema, message, bytes.length, 0);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    report.add(decoding.at, error.message);
    report.leaveTo(depth);
    return undefined;
  }
  return message as unknown as T;
}

interface Decoding {
  readonly reader: WireReader;
  readonly report: Problems;
  readonly reportsUnknown: boolean;
  /** The field whose scalar is being read, for the path of a problem. */
  at: string;
}

/** Reads fields into a message until the end; what occurs twice is merged, as the format demands. */
function readMessage(decoding: Decoding, schema: MessageSchema, message: Fields, end: number, depth: number): void {
  if (depth >= MAX_DEPTH) throw new WireError(`messages nested deeper than ${MAX_DEPTH}`);
  const { reader } = decoding;
  const { byNumber } = schema;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    const field = byNumber[tag >>> 3];
    if (field === undefined) skipUnknown(decoding, schema, tag, end);
    else if (field.kind === 'singular') readSingular(decoding, field, message, tag, end, depth);
    else if (field.kind === 'list') readList(decoding, field, message, tag, end, depth);
    else readMapEntry(decoding, field, message, tag, end, depth);
  }
}

function readSingular(
  decoding: Decoding,
  field: Field,
  message: Fields,
  tag: number,
  limit: number,
  depth: number,
): void {
  if ((tag & 7) !== field.wireType) {
    skipMisfit(decoding, field, tag, limit);
    return;
  }
  if (field.type === TYPE.message) {
    decoding.report.enter(field.name);
    assign(message, field, readEmbedded(decoding, field, presentMessage(message, field), limit, depth));
    decoding.report.leave();
    return;
  }
  const value = readScalar(decoding, field, limit);
  if (field.hasPresence || !isZero(value)) assign(message, field, value);
  // Being sent as the default is not being set.
  else if (Object.hasOwn(message, field.localName)) delete message[field.localName];
}

function readList(decoding: Decoding, field: Field, message: Fields, tag: number, limit: number, depth: number): void {
  const wireType = tag & 7;
  const isRun = wireType === WIRE.delimited && isPackable(field.type);
  if (wireType !== field.wireType && !isRun) {
    skipMisfit(decoding, field, tag, limit);
    return;
  }
  const { reader, report } = decoding;
  let list = message[field.localName] as unknown[];
  if (list === NO_ITEMS) list = [];
  if (isRun) {
    const end = reader.end(limit);
    while (reader.pos < end) list.push(readScalar(decoding, field, end));
  } else if (field.type === TYPE.message) {
    report.enter(field.name);
    report.enterIndex(list.length);
    list.push(readEmbedded(decoding, field, undefined, limit, depth));
    report.leave();
    report.leave();
  } else {
    list.push(readScalar(decoding, field, limit));
  }
  if (list.length > 0) message[field.localName] = list;
}

/** An entry is a message with the key as field 1 and the value as field 2; a later entry replaces an earlier one of the same key. */
function readMapEntry(
  decoding: Decoding,
  field: Field,
  message: Fields,
  tag: number,
  limit: number,
  depth: number,
): void {
  if ((tag & 7) !== WIRE.delimited) {
    skipMisfit(decoding, field, tag, limit);
    return;
  }
  const { reader, report } = decoding;
  const end = reader.end(limit);
  const keyType = field.mapKey!;
  let key = zeroOf(keyType);
  let value: unknown;
  report.enter(field.name);
  while (reader.pos < end) {
    const entryTag = reader.tag(end);
    if (entryTag === ((1 << 3) | field.keyWireType)) {
      key = reader.value(keyType, end);
    } else if (entryTag === ((2 << 3) | field.wireType)) {
      report.enterKey(String(key));
      value =
        field.type === TYPE.message ? readEmbedded(decoding, field, value, end, depth) : reader.value(field.type, end);
      report.leave();
    } else {
      reader.skip(entryTag, end);
      if (decoding.reportsUnknown) report.add('', `unknown field ${entryTag >>> 3} in an entry of a map`);
    }
  }
  let map = message[field.localName] as Fields;
  if (map === NO_ENTRIES) {
    map = emptyMap();
    message[field.localName] = map;
  }
  map[String(key)] = value ?? emptyValue(field);
  report.leave();
}

/** Reads a message that stands in a field, into the one that is there already. */
function readEmbedded(decoding: Decoding, field: Field, present: unknown, limit: number, depth: number): unknown {
  const { reader } = decoding;
  const end = reader.end(limit);
  if (field.isJsonObject) return readJsonObject(reader, present as Fields | undefined, end, depth + 1);
  const schema = schemaOf(field);
  if (field.isUnwrapped) return readWrapper(decoding, schema, present, end);
  const message = (present as Fields | undefined) ?? schema.create();
  readMessage(decoding, schema, message, end, depth + 1);
  return message;
}

/** A wrapper is a message whose field 1 is the value. */
function readWrapper(decoding: Decoding, schema: MessageSchema, present: unknown, end: number): unknown {
  const { reader } = decoding;
  const field = schema.fields[0]!;
  let value = present ?? zeroOf(field.type);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag >>> 3 !== 1) skipUnknown(decoding, schema, tag, end);
    else if ((tag & 7) !== field.wireType) skipMisfit(decoding, field, tag, end);
    else value = readScalar(decoding, field, end);
  }
  return value;
}

function readScalar(decoding: Decoding, field: Field, limit: number): unknown {
  decoding.at = field.name;
  const value = decoding.reader.value(field.type, limit);
  decoding.at = '';
  return value;
}

function presentMessage(message: Fields, field: Field): unknown {
  if (field.oneof === undefined) return message[field.localName];
  const selected = message[field.oneof.localName] as { case?: string; value?: unknown };
  return selected.case === field.localName ? selected.value : undefined;
}

/** What an entry of a map holds that was sent without a value. */
function emptyValue(field: Field): unknown {
  if (field.type !== TYPE.message) return zeroOf(field.type);
  return field.isJsonObject ? emptyMap() : schemaOf(field).create();
}

function skipUnknown(decoding: Decoding, schema: MessageSchema, tag: number, limit: number): void {
  decoding.reader.skip(tag, limit);
  if (decoding.reportsUnknown) decoding.report.add('', `unknown field ${tag >>> 3} of ${schema.name}`);
}

/** A known field with another wire type is treated as an unknown one. */
function skipMisfit(decoding: Decoding, field: Field, tag: number, limit: number): void {
  decoding.reader.skip(tag, limit);
  if (decoding.reportsUnknown) {
    decoding.report.add(field.name, `sent with wire type ${tag & 7}, which does not fit its type`);
  }
}
