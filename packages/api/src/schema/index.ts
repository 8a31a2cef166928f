export * from './build.ts';
export * from './defaults.ts';
export * from './issue.ts';
export * from './lists.ts';
export * from './path.ts';
export * from './prune.ts';
export * from './schema.ts';
export * from './types.ts';
export { validateSchema } from './validate.ts';
