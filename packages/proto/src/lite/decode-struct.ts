// google.protobuf.Struct, read straight into JSON data. Keys are not named in the paths of problems: only the bytes can be wrong here.
import { emptyMap } from './new-message.ts';
import { type Fields, TYPE } from './schema.ts';
import { MAX_DEPTH, WIRE, WireError } from './wire.ts';
import type { WireReader } from './wire-reader.ts';

type Json = string | number | boolean | null | Json[] | Fields;

const ENTRIES_TAG = (1 << 3) | WIRE.delimited;
const KEY_TAG = (1 << 3) | WIRE.delimited;
const VALUE_TAG = (2 << 3) | WIRE.delimited;
const ELEMENTS_TAG = (1 << 3) | WIRE.delimited;

/** The tags of the members of google.protobuf.Value. */
const KIND = {
  null: (1 << 3) | WIRE.varint,
  number: (2 << 3) | WIRE.fixed64,
  string: (3 << 3) | WIRE.delimited,
  bool: (4 << 3) | WIRE.varint,
  struct: (5 << 3) | WIRE.delimited,
  list: (6 << 3) | WIRE.delimited,
} as const;

/** Reads a Struct into the object that is there already, or a new one. */
export function readJsonObject(reader: WireReader, present: Fields | undefined, end: number, depth: number): Fields {
  if (depth >= MAX_DEPTH) throw new WireError(`messages nested deeper than ${MAX_DEPTH}`);
  const object = present ?? emptyMap();
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === ENTRIES_TAG) readEntry(reader, object, reader.end(end), depth);
    else throw strange(tag);
  }
  return object;
}

function readEntry(reader: WireReader, object: Fields, end: number, depth: number): void {
  let key = '';
  let value: Json = null;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === KEY_TAG) key = reader.string(end);
    else if (tag === VALUE_TAG) value = readValue(reader, value, reader.end(end), depth + 1);
    else throw strange(tag);
  }
  object[key] = value;
}

function readValue(reader: WireReader, present: Json, end: number, depth: number): Json {
  if (depth >= MAX_DEPTH) throw new WireError(`messages nested deeper than ${MAX_DEPTH}`);
  let value = present;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case KIND.null:
        reader.uint32(end);
        value = null;
        break;
      case KIND.number:
        value = reader.value(TYPE.double, end) as number;
        break;
      case KIND.string:
        value = reader.string(end);
        break;
      case KIND.bool:
        value = reader.value(TYPE.bool, end) as boolean;
        break;
      case KIND.struct:
        value = readJsonObject(reader, isObject(value) ? value : undefined, reader.end(end), depth + 1);
        break;
      case KIND.list:
        value = readElements(reader, Array.isArray(value) ? value : [], reader.end(end), depth + 1);
        break;
      default:
        throw strange(tag);
    }
  }
  return value;
}

function readElements(reader: WireReader, list: Json[], end: number, depth: number): Json[] {
  if (depth >= MAX_DEPTH) throw new WireError(`messages nested deeper than ${MAX_DEPTH}`);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === ELEMENTS_TAG) list.push(readValue(reader, null, reader.end(end), depth + 1));
    else throw strange(tag);
  }
  return list;
}

function isObject(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** These messages will never have other fields, so bytes that have are broken. */
function strange(tag: number): WireError {
  return new WireError(`field ${tag >>> 3} with wire type ${tag & 7} in a google.protobuf.Struct`);
}
