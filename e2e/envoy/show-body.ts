import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Fields } from './case.ts';
import { fieldValue } from './http1-message.ts';

const SHOWN_BYTES = 200;

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/**
 * A body as it is recorded: its text, or its length and hash when it is long or no text; undefined when there is none. One that its head calls
 * compressed is recorded as what is in it, since no two compressors write the same bytes.
 */
export function showBody(body: Buffer, head: Fields = []): string | undefined {
  if (body.length === 0) return undefined;
  const encoding = fieldValue(head, 'content-encoding') ?? '';
  const decoded = decode(body, encoding);
  return decoded === undefined ? show(body) : `${encoding} of ${show(decoded)}`;
}

function decode(body: Buffer, encoding: string): Buffer | undefined {
  try {
    return DECODERS[encoding]?.(body);
  } catch {
    return undefined;
  }
}

function show(body: Buffer): string {
  const text = body.toString('latin1');
  if (body.length <= SHOWN_BYTES && /^[\t\r\n\x20-\x7e]*$/.test(text)) return text;
  return `${body.length} bytes, sha256 ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;
}
