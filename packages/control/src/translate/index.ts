export { createInput } from './create-input.ts';
export { type EncodedResources, encodeResources, findingsOf } from './encode-resources.ts';
export type { TranslationInput } from './input.ts';
export { Memo } from './memo.ts';
export type { ProxyResources } from './resources.ts';
export { joinResources, type ProxyTranslation, translateProxy } from './translate-proxy.ts';
