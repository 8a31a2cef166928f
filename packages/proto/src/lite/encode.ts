import type { Message } from '@bufbuild/protobuf';
import { writeJsonObject } from './encode-struct.ts';
import { knownMessage, schemaOf } from './load-schema.ts';
import { valueIfSet } from './presence.ts';
import { type Field, type Fields, isZero, type MessageSchema, TYPE, type ValueType } from './schema.ts';
import { isPackable, WIRE, wireTypeOf } from './wire.ts';
import { WireWriter } from './wire-writer.ts';

/** Encodes a message, one of protobuf-es too. Equal messages have equal bytes: fields go by number, entries of maps by key. */
export function encode(message: Message): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writeMessage(writer, knownMessage(message.$typeName), message as unknown as Fields);
  return writer.finish();
}

function writeMessage(writer: WireWriter, schema: MessageSchema, message: Fields): void {
  for (const field of schema.fields) {
    const value = valueIfSet(message, field);
    if (value === undefined) continue;
    if (field.kind === 'list') writeList(writer, field, value as readonly unknown[]);
    else if (field.kind === 'map') writeMap(writer, field, value as Fields);
    else writeValue(writer, field, field.number, value);
  }
}

function writeValue(writer: WireWriter, field: Field, number: number, value: unknown): void {
  writer.uint32((number << 3) | field.wireType);
  if (field.type !== TYPE.message) {
    writer.value(field.type, value);
    return;
  }
  const start = writer.open();
  if (field.isJsonObject) writeJsonObject(writer, value as Fields);
  else if (field.isUnwrapped) writeWrapped(writer, schemaOf(field).fields[0]!.type, value);
  else writeMessage(writer, schemaOf(field), value as Fields);
  writer.close(start);
}

function writeWrapped(writer: WireWriter, type: ValueType, value: unknown): void {
  if (isZero(value)) return;
  writer.uint32((1 << 3) | wireTypeOf(type));
  writer.value(type, value);
}

function writeList(writer: WireWriter, field: Field, list: readonly unknown[]): void {
  if (!field.isPacked || !isPackable(field.type)) {
    for (const value of list) writeValue(writer, field, field.number, value);
    return;
  }
  writer.uint32((field.number << 3) | WIRE.delimited);
  const start = writer.open();
  for (const value of list) writer.value(field.type, value);
  writer.close(start);
}

function writeMap(writer: WireWriter, field: Field, map: Fields): void {
  const keyType = field.mapKey!;
  for (const key of Object.keys(map).sort()) {
    writer.uint32((field.number << 3) | WIRE.delimited);
    const start = writer.open();
    writer.uint32((1 << 3) | field.keyWireType);
    writer.value(keyType, keyFrom(keyType, key));
    writeValue(writer, field, 2, map[key]);
    writer.close(start);
  }
}

/** A key of a map from the name of the property that holds its value. */
function keyFrom(type: ValueType, key: string): unknown {
  switch (type) {
    case TYPE.string:
      return key;
    case TYPE.bool:
      return key === 'true';
    case TYPE.int64:
    case TYPE.uint64:
    case TYPE.sint64:
    case TYPE.fixed64:
    case TYPE.sfixed64:
      return BigInt(key);
    default:
      return Number(key);
  }
}
