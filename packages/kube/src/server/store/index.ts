export * from './entry.ts';
export { DEFAULT_HISTORY, type HistoryLimits } from './history.ts';
export * from './memory-medium.ts';
export * from './object-storage.ts';
export * from './open-storage.ts';
export * from './types.ts';
