// The wire format of protobuf (https://protobuf.dev/programming-guides/encoding/).
import { TYPE, type ValueType } from './schema.ts';

/** Wire types; groups (3 and 4) are refused. */
export const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** What is wrong with bytes that are no message. */
export class WireError extends Error {}

/** Messages within messages beyond this depth are refused, as protobuf's own readers do. */
export const MAX_DEPTH = 100;

/** The wire type that a value of a type is written with. */
export function wireTypeOf(type: ValueType): number {
  switch (type) {
    case TYPE.double:
    case TYPE.fixed64:
    case TYPE.sfixed64:
      return WIRE.fixed64;
    case TYPE.float:
    case TYPE.fixed32:
    case TYPE.sfixed32:
      return WIRE.fixed32;
    case TYPE.string:
    case TYPE.bytes:
    case TYPE.message:
      return WIRE.delimited;
    default:
      return WIRE.varint;
  }
}

/** True if a list of these may stand in one run of bytes. */
export function isPackable(type: ValueType): boolean {
  return wireTypeOf(type) !== WIRE.delimited;
}
