export * from './errors.ts';
export * from './escape.ts';
export { MAX_CALL_COST } from './frame.ts';
export * from './program.ts';
export * from './schema-rules.ts';
export * from './types.ts';
export { CelDuration, CelOptional, CelTimestamp, CelUint, toCel } from './values.ts';
