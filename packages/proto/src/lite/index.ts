export { type DecodeOptions, decode } from './decode.ts';
export { encode } from './encode.ts';
export { fromJson } from './json/from-json.ts';
export type { Json } from './json/json.ts';
export { type ToJsonOptions, toJson } from './json/to-json.ts';
export { enumSchema, messageNames, typeExists } from './load-schema.ts';
export { type Problem, Problems } from './problems.ts';
export * from './reflect.ts';
export { type EnumSchema, type EnumValue, type Field, TYPE, type ValueType } from './schema.ts';
