export { findManifestFiles } from './find-files.ts';
export * from './manifest.ts';
