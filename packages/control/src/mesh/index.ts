export * from './analysis/codes.ts';
export * from './collections/sharded-map.ts';
export * from './model/index.ts';
