// google.protobuf.Struct, written straight from JSON data.
import { type Fields, TYPE } from './schema.ts';
import { WIRE } from './wire.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes the fields of a Struct, sorted by key. */
export function writeJsonObject(writer: WireWriter, object: Fields): void {
  for (const key of Object.keys(object).sort()) {
    writer.uint32((1 << 3) | WIRE.delimited);
    const start = writer.open();
    writer.uint32((1 << 3) | WIRE.delimited);
    writer.value(TYPE.string, key);
    writer.uint32((2 << 3) | WIRE.delimited);
    writeValue(writer, object[key]);
    writer.close(start);
  }
}

/** Writes a google.protobuf.Value with its length in front. */
function writeValue(writer: WireWriter, value: unknown): void {
  const start = writer.open();
  if (typeof value === 'number') {
    writer.uint32((2 << 3) | WIRE.fixed64);
    writer.value(TYPE.double, value);
  } else if (typeof value === 'string') {
    writer.uint32((3 << 3) | WIRE.delimited);
    writer.value(TYPE.string, value);
  } else if (typeof value === 'boolean') {
    writer.uint32((4 << 3) | WIRE.varint);
    writer.value(TYPE.bool, value);
  } else {
    writeComposite(writer, value);
  }
  writer.close(start);
}

function writeComposite(writer: WireWriter, value: unknown): void {
  if (value === null || value === undefined) {
    writer.uint32((1 << 3) | WIRE.varint);
    writer.uint32(0);
    return;
  }
  const isList = Array.isArray(value);
  writer.uint32(((isList ? 6 : 5) << 3) | WIRE.delimited);
  const start = writer.open();
  if (isList) {
    for (const element of value) {
      writer.uint32((1 << 3) | WIRE.delimited);
      writeValue(writer, element);
    }
  } else {
    writeJsonObject(writer, value as Fields);
  }
  writer.close(start);
}
