export type { TranslationInput } from './input.ts';
export { Memo } from './memo.ts';
export type { ProxyResources } from './resources.ts';
