export * from './component-names.ts';
export * from './crd-kind.ts';
export * from './crd-manifest.ts';
export * from './crd-status.ts';
export * from './document.ts';
export * from './from-openapi.ts';
export type { JsonSchema } from './json-schema.ts';
export { checkStructural } from './structural.ts';
export * from './to-openapi.ts';
