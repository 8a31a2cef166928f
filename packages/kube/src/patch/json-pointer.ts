/** RFC 6901: where in a document something is, as JSON Patch writes it. */
import { goQuote } from '../shared/go-quote.ts';
import { rejectPatch } from './reject.ts';

/** The decoded reference tokens of a pointer; none for the whole document. */
export type JsonPointer = readonly string[];

/** Reads `/spec/template/metadata/annotations/a~1b`. */
export function parseJsonPointer(text: string): JsonPointer {
  if (text === '') return [];
  if (!text.startsWith('/')) throw rejectPatch(`path ${goQuote(text)} must be empty or start with "/"`);
  return text.slice(1).split('/').map(decodeToken);
}

/** The text of a pointer, which `parseJsonPointer` reads back. */
export function formatJsonPointer(pointer: JsonPointer): string {
  return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * The index that a token names in a list of `length` items, or undefined when it names none. As in Kubernetes a negative
 * index counts from the end, where -1 is the last item.
 */
export function parseListIndex(token: string, length: number): number | undefined {
  if (!/^(?:0|-?[1-9]\d{0,9})$/.test(token)) return undefined;
  const index = Number(token);
  const absolute = index < 0 ? index + length : index;
  return absolute >= 0 && absolute < length ? absolute : undefined;
}

/** `~1` before `~0`, so that `~01` is `~1` and not `/` (RFC 6901 §4). */
function decodeToken(token: string): string {
  return token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token;
}
