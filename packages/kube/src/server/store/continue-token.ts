/** The token by which a client asks for the next page: which state the list shows, and the last key it has seen. */
import type { ObjectKey } from './entry.ts';

/** What a token says. */
export interface ContinueToken {
  readonly revision: number;
  readonly lastKey: ObjectKey;
}

/** Names and namespaces are at most a few hundred characters; nothing longer is worth decoding. */
const MAX_TOKEN_LENGTH = 4096;
const FORMAT = 1;

/** Writes a token. */
export function encodeContinueToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: FORMAT, rv: token.revision, key: token.lastKey })).toString('base64url');
}

/** Reads a token that came from a client; a text says what is wrong with it. */
export function parseContinueToken(text: string): ContinueToken | string {
  if (text.length > MAX_TOKEN_LENGTH) return `the continue token is longer than ${MAX_TOKEN_LENGTH} characters`;
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return 'the continue token is not base64url';
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return 'the continue token does not hold JSON';
  }
  if (typeof value !== 'object' || value === null) return 'the continue token does not hold an object';
  const { v, rv, key } = value as Record<string, unknown>;
  if (v !== FORMAT) return 'the continue token was made by another version';
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv < 0) return 'the continue token has no valid revision';
  if (typeof key !== 'string' || key.split('\0').length !== 2) return 'the continue token has no valid key';
  return { revision: rv, lastKey: key };
}
