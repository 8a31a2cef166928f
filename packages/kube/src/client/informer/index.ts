export * from './informer.ts';
export * from './informer-factory.ts';
export * from './object-cache.ts';
export { DEFAULT_BACKOFF, Reflector, type ReflectorOptions, type ReflectorSink } from './reflector.ts';
