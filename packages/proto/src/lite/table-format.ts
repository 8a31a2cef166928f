// The generated table of all messages and enums, gen/lite-table.txt. A line is a full name, a space, and JSON:
//   message: [syntax, [oneof…], field…]     oneof: its name, or [name, 1] if one of it must be set
//   field:   [number, name, type, type name, flags, index of its oneof + 1, type of the map's key, rules]; what is 0 at the end is left out
//   enum:    [[number, name, flags]…]
// Types are numbered as in google.protobuf.FieldDescriptorProto.Type; rules are a validate.FieldRules in JSON with proto names.

/** Bits in the flags of a field or an enum value. */
export const FLAG = { list: 1, map: 2, presence: 4, packed: 8, deprecated: 16, sensitive: 32 } as const;

/** The first element of a proto2 message's line; 0 for proto3. */
export const PROTO2 = 2;
