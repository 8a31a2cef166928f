export { MAX_AMOUNT, product, sum } from './amounts.ts';
export * from './estimate.ts';
export type { SizedType } from './sized-type.ts';
