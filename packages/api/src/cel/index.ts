export * from './escape.ts';
export * from './schema-rules.ts';
export * from './schema-types.ts';
