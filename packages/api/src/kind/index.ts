export * from './convert.ts';
export * from './define.ts';
export * from './metadata.ts';
export * from './pipeline.ts';
export * from './registry.ts';
