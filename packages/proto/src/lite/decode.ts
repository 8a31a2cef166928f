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
  const { depth } = report;
  const message = schema.create();
  const decoder = new Decoder(bytes, report, options.unknownFields !== 'ignore');
  try {
    decoder.readMessage(schema, message, bytes.length);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    report.add(decoder.at, error.message);
    report.leaveTo(depth);
    return undefined;
  }
  return message as unknown as T;
}

/** Reads one message; of no further use after a `WireError`. */
class Decoder {
  /** The field whose scalar is being read, for the path of a problem. */
  at = '';
  private readonly reader: WireReader;
  private readonly report: Problems;
  private readonly reportsUnknown: boolean;
  /** In how many messages the one that is being read stands. */
  private depth = 0;

  constructor(bytes: Uint8Array, report: Problems, reportsUnknown: boolean) {
    this.reader = new WireReader(bytes);
    this.report = report;
    this.reportsUnknown = reportsUnknown;
  }

  /** Reads fields into a message until the end; what occurs twice is merged, as the format demands. */
  readMessage(schema: MessageSchema, message: Fields, end: number): void {
    if (this.depth >= MAX_DEPTH) throw new WireError(`messages nested deeper than ${MAX_DEPTH}`);
    this.depth++;
    const { reader } = this;
    const { byNumber } = schema;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      const field = byNumber[tag >>> 3];
      if (field === undefined) this.skipUnknown(schema, tag, end);
      else if (field.kind === 'singular') this.readSingular(field, message, tag, end);
      else if (field.kind === 'list') this.readList(field, message, tag, end);
      else this.readMapEntry(field, message, tag, end);
    }
    this.depth--;
  }

  private readSingular(field: Field, message: Fields, tag: number, limit: number): void {
    if ((tag & 7) !== field.wireType) {
      this.skipMisfit(field, tag, limit);
    } else if (field.type === TYPE.message) {
      this.report.enter(field.name);
      assign(message, field, this.readEmbedded(field, presentMessage(message, field), limit));
      this.report.leave();
    } else {
      const value = this.readScalar(field, limit);
      if (field.hasPresence || !isZero(value)) assign(message, field, value);
      // Being sent as the default is not being set.
      else if (Object.hasOwn(message, field.localName)) delete message[field.localName];
    }
  }

  private readList(field: Field, message: Fields, tag: number, limit: number): void {
    const isRun = (tag & 7) === WIRE.delimited && isPackable(field.type);
    if ((tag & 7) !== field.wireType && !isRun) {
      this.skipMisfit(field, tag, limit);
      return;
    }
    const { reader, report } = this;
    let list = message[field.localName] as unknown[];
    if (list === NO_ITEMS) list = [];
    if (isRun) {
      const end = reader.end(limit);
      while (reader.pos < end) list.push(this.readScalar(field, end));
    } else if (field.type === TYPE.message) {
      report.enter(field.name);
      report.enterIndex(list.length);
      list.push(this.readEmbedded(field, undefined, limit));
      report.leave();
      report.leave();
    } else {
      list.push(this.readScalar(field, limit));
    }
    if (list.length > 0) message[field.localName] = list;
  }

  /** An entry is a message with the key as field 1 and the value as field 2; a later entry replaces an earlier one of the same key. */
  private readMapEntry(field: Field, message: Fields, tag: number, limit: number): void {
    if ((tag & 7) !== WIRE.delimited) {
      this.skipMisfit(field, tag, limit);
      return;
    }
    const { reader, report } = this;
    report.enter(field.name);
    const end = reader.end(limit);
    let key = zeroOf(field.mapKey!);
    let value: unknown;
    while (reader.pos < end) {
      const entryTag = reader.tag(end);
      if (entryTag === ((1 << 3) | field.keyWireType)) {
        key = reader.value(field.mapKey!, end);
      } else if (entryTag === ((2 << 3) | field.wireType)) {
        report.enterKey(String(key));
        value = field.type === TYPE.message ? this.readEmbedded(field, value, end) : reader.value(field.type, end);
        report.leave();
      } else {
        reader.skip(entryTag, end);
        if (this.reportsUnknown) report.add('', `unknown field ${entryTag >>> 3} in an entry of a map`);
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
  private readEmbedded(field: Field, present: unknown, limit: number): unknown {
    const end = this.reader.end(limit);
    if (field.isJsonObject) return readJsonObject(this.reader, present as Fields | undefined, end, this.depth);
    const schema = schemaOf(field);
    if (field.isUnwrapped) return this.readWrapper(schema, present, end);
    const message = (present as Fields | undefined) ?? schema.create();
    this.readMessage(schema, message, end);
    return message;
  }

  /** A wrapper is a message whose field 1 is the value. */
  private readWrapper(schema: MessageSchema, present: unknown, end: number): unknown {
    const { reader } = this;
    const field = schema.fields[0]!;
    let value = present ?? zeroOf(field.type);
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag >>> 3 !== 1) this.skipUnknown(schema, tag, end);
      else if ((tag & 7) !== field.wireType) this.skipMisfit(field, tag, end);
      else value = this.readScalar(field, end);
    }
    return value;
  }

  private readScalar(field: Field, limit: number): unknown {
    this.at = field.name;
    const value = this.reader.value(field.type, limit);
    this.at = '';
    return value;
  }

  private skipUnknown(schema: MessageSchema, tag: number, limit: number): void {
    this.reader.skip(tag, limit);
    if (this.reportsUnknown) this.report.add('', `unknown field ${tag >>> 3} of ${schema.name}`);
  }

  /** A known field with another wire type is treated as an unknown one. */
  private skipMisfit(field: Field, tag: number, limit: number): void {
    this.reader.skip(tag, limit);
    if (this.reportsUnknown) {
      this.report.add(field.name, `sent with wire type ${tag & 7}, which does not fit its type`);
    }
  }
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
