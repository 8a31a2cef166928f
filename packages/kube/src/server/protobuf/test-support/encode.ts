/** Writes protobuf for tests: by hand for hostile bytes, and by table for any object. The product never encodes. */
import { type FieldDescriptor, type MessageDescriptor, messageByName, messageOfKind } from '../message-table.ts';

type JsonMembers = Record<string, unknown>;

/** A varint of any size. */
export function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

/** A length-delimited field. */
export function bytesField(number: number, bytes: Iterable<number>): number[] {
  const content = [...bytes];
  return [...varint(number * 8 + 2), ...varint(content.length), ...content];
}

/** A text field. */
export function textField(number: number, text: string): number[] {
  return bytesField(number, new TextEncoder().encode(text));
}

/** A number field. */
export function intField(number: number, value: number | bigint): number[] {
  return [...varint(number * 8), ...varint(value)];
}

/** The envelope around the bytes of an object. */
export function envelope(apiVersion: string, kind: string, raw: Iterable<number>): Uint8Array {
  const type = [...textField(1, apiVersion), ...textField(2, kind)];
  return Uint8Array.from([
    0x6b,
    0x38,
    0x73,
    0,
    ...bytesField(1, type),
    ...bytesField(2, raw),
    ...textField(3, ''),
    ...textField(4, ''),
  ]);
}

/** A whole body for an object, by the same tables that the decoder uses. */
export function encodeObject(object: JsonMembers): Uint8Array {
  const { apiVersion, kind, ...members } = object as { apiVersion: string; kind: string };
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) throw new Error(`no message for ${kind}`);
  return envelope(apiVersion, kind, encodeMessage(message, members));
}

function encodeMessage(message: MessageDescriptor, members: JsonMembers): number[] {
  return [...message.fields.values()].flatMap((field) => {
    if (field.name === '+') return bytesField(field.number, encodeMessage(messageByName(field.message!), members));
    const value = members[field.name];
    if (value === undefined) return [];
    if (field.shape === 'list') return (value as unknown[]).flatMap((item) => encodeValue(field, field.number, item));
    if (field.shape === 'single') return encodeValue(field, field.number, value);
    return Object.entries(value as JsonMembers).flatMap(([key, item]) =>
      bytesField(field.number, [...textField(1, key), ...encodeValue(field, 2, item)]),
    );
  });
}

function encodeValue(field: FieldDescriptor, number: number, value: unknown): number[] {
  if (field.message !== undefined) {
    return bytesField(number, encodeMessage(messageByName(field.message), value as JsonMembers));
  }
  switch (field.type) {
    case 'string':
      return textField(number, value as string);
    case 'bool':
      return intField(number, value === true ? 1 : 0);
    case 'int':
      return intField(number, value as number);
    case 'bytes':
      return bytesField(number, Buffer.from(value as string, 'base64'));
    case 'Time':
    case 'MicroTime': {
      const ms = Date.parse(value as string);
      const micros = Number((value as string).slice(20, 26).replace('Z', '') || '0');
      return bytesField(number, [...intField(1, Math.floor(ms / 1000)), ...intField(2, micros * 1000)]);
    }
    case 'Quantity':
      return bytesField(number, textField(1, value as string));
    case 'IntOrString':
      return bytesField(
        number,
        typeof value === 'string' ? [...intField(1, 1), ...textField(3, value)] : intField(2, value as number),
      );
    case 'StringList':
      return bytesField(
        number,
        (value as string[]).flatMap((text) => textField(1, text)),
      );
    case 'Json':
      return bytesField(number, textField(1, JSON.stringify(value)));
    default:
      throw new Error(`no encoding for ${field.type}`);
  }
}
