export type * from './http/codec.ts';
export type * from './http/head.ts';
export * from './http1/index.ts';
export * from './http2/hpack/index.ts';
export type * from './transport/byte-stream.ts';
