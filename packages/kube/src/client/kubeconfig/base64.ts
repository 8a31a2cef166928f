import type { Fields } from './fields.ts';

/** Decodes a `…-data` field, refusing what `Buffer.from` would silently leave out. */
export function decodeBase64(fields: Fields, name: string, text: string): string {
  const compact = text.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw fields.error(name, 'is not base64');
  return Buffer.from(compact, 'base64').toString('utf8');
}
