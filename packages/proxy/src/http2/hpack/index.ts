export { type HeaderListLimits, HpackDecoder } from './decoder.ts';
export { DEFAULT_TABLE_SIZE } from './dynamic-table.ts';
export { HpackEncoder, type HpackEncoderOptions, type HpackSink, type HuffmanUse } from './encoder.ts';
export { FieldInterner, type InternerLimits, sharedFields } from './field-interner.ts';
export { ENTRY_OVERHEAD, HeaderField, literalField, neverIndexedField } from './header-field.ts';
export { HeaderName, INDEXING, type Indexing, nameOf } from './header-name.ts';
export { HPACK_ERROR, type HpackErrorName, hpackErrorName, isCompressionError } from './hpack-error.ts';
export { NAME_ROLE, type NameRole } from './name-role.ts';
