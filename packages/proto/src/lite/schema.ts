// What is known of messages and enums.

/** Types of values, numbered as in google.protobuf.FieldDescriptorProto.Type. */
export const TYPE = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
} as const;

/** One of the numbers in `TYPE`. */
export type ValueType = number;

/** A group of fields of which at most one is set; its property holds `{case, value}`. */
export interface Oneof {
  readonly name: string;
  readonly localName: string;
  readonly isRequired: boolean;
}

/** A field of a message. */
export interface Field {
  readonly number: number;
  /** As in the .proto file, which is also how problems name it. */
  readonly name: string;
  readonly jsonName: string;
  /** The property of the message, or for a member of a oneof the value of `case`. */
  readonly localName: string;
  readonly kind: 'singular' | 'list' | 'map';
  /** Of the value, of the elements, or of the map's values. */
  readonly type: ValueType;
  /** The full name of the message or enum, or empty. */
  readonly typeName: string;
  readonly mapKey: ValueType | undefined;
  readonly oneof: Oneof | undefined;
  /** True if being set to the default differs from not being set. */
  readonly hasPresence: boolean;
  readonly isPacked: boolean;
  readonly isDeprecated: boolean;
  /** True if the value is a secret that nobody may print. */
  readonly isSensitive: boolean;
  /** True if the property holds the value of a wrapper such as google.protobuf.UInt32Value instead of the wrapper. */
  readonly isUnwrapped: boolean;
  /** True if the property holds a google.protobuf.Struct as a JSON object. */
  readonly isJsonObject: boolean;
  /** What a value, or an element that is not packed, has on the wire; of a map, its values. */
  readonly wireType: number;
  /** What the keys of a map have on the wire; 0 for other fields. */
  readonly keyWireType: number;
  /** The validate.rules in JSON, or undefined. */
  readonly rules: unknown;
  /** The schema of the message it holds; filled by `schemaOf` on first use, since messages may contain themselves. */
  schema: MessageSchema | undefined;
}

/** A message under work: its properties by local name. */
export type Fields = { [localName: string]: unknown };

/** The schema of a message. */
export interface MessageSchema {
  readonly name: string;
  /** Ascending by number. */
  readonly fields: readonly Field[];
  /** The fields at the index of their number. */
  readonly byNumber: readonly (Field | undefined)[];
  readonly oneofs: readonly Oneof[];
  /** Makes a message with nothing set. */
  readonly create: () => Fields;
}

/** The schema of an enum. */
export interface EnumSchema {
  readonly name: string;
  readonly values: readonly EnumValue[];
}

/** A named value of an enum; several may have the same number. */
export interface EnumValue {
  readonly number: number;
  readonly name: string;
  readonly isDeprecated: boolean;
}

/** The value of an implicit field that is not set, by type; also what a map entry or a wrapper without a value holds. */
export function zeroOf(type: ValueType): unknown {
  switch (type) {
    case TYPE.string:
      return '';
    case TYPE.bool:
      return false;
    case TYPE.bytes:
      return EMPTY_BYTES;
    case TYPE.int64:
    case TYPE.uint64:
    case TYPE.fixed64:
    case TYPE.sfixed64:
    case TYPE.sint64:
      return 0n;
    default:
      return 0;
  }
}

/** An array of bytes of length 0 cannot be changed, so one is enough. */
const EMPTY_BYTES = new Uint8Array(0);

/** True for the value that an implicit field has when it is not set; -0 is a value of its own. */
export function isZero(value: unknown): boolean {
  if (typeof value === 'number') return Object.is(value, 0);
  if (typeof value === 'object') return value instanceof Uint8Array && value.length === 0;
  return value === '' || value === false || value === 0n;
}
