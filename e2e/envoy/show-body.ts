import { createHash } from 'node:crypto';

const SHOWN_BYTES = 200;

/** A body as it is recorded: its text, or its length and hash when it is long or no text; undefined when there is none. */
export function showBody(body: Buffer): string | undefined {
  if (body.length === 0) return undefined;
  const text = body.toString('latin1');
  if (body.length <= SHOWN_BYTES && /^[\t\r\n\x20-\x7e]*$/.test(text)) return text;
  return `${body.length} bytes, sha256 ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;
}
