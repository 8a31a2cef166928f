export * from './kind/index.ts';
export * from './kinds.ts';
export * from './schema/index.ts';
export * from './validation/names.ts';
