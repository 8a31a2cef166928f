export * from './kinds.ts';
export * from './wasm-plugin.ts';
