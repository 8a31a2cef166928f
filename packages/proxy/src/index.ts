export * from './http1/index.ts';
export * from './http2/hpack/index.ts';
