export * from './line-writer.ts';
export * from './make-folder.ts';
export * from './process-logger.ts';
