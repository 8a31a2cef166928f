export * from './line-writer.ts';
export * from './process-logger.ts';
