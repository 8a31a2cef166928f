export * from './type-url.ts';
