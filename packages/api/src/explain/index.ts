export * from './explain.ts';
export * from './render.ts';
