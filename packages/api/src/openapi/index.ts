export * from './component-names.ts';
export * from './crd-manifest.ts';
export * from './document.ts';
export * from './to-openapi.ts';
