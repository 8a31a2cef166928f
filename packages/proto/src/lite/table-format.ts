// The generated table of all messages and enums, gen/lite-table.txt. A line is a full name, a space, and JSON:
//   message: [syntax, [oneof…], field…]
//   oneof:   its name, or [name, 1] if one of its members must be set
//   field:   [number, name, type, type name, flags, index of its oneof + 1, type of the map's key, rules], without zeros at the end
//   enum:    [[number, name, flags]…]
// Types are numbered as in google.protobuf.FieldDescriptorProto.Type; rules are a validate.FieldRules in JSON with proto names.
// The reader (load-schema.ts) and the writer (generate/lite-table.ts) change together: only a change in generate/ makes the table anew.

/** Bits in the flags of a field or an enum value. */
export const FLAG = { list: 1, map: 2, presence: 4, packed: 8, deprecated: 16, sensitive: 32 } as const;

/** The first element of a proto2 message's line; 0 for proto3. */
export const PROTO2 = 2;
