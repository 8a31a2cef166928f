export { checkAnnotations, checkLabels } from './check-metadata.ts';
export * from './convert.ts';
export * from './define.ts';
export * from './metadata.ts';
export * from './pipeline.ts';
export * from './registry.ts';
