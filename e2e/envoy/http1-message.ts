/** Reads HTTP/1 messages off the wire, for the client and for the backends; it is lenient, since it judges nobody. */
import type { ByteInbox } from '@weft/testkit';
import type { Fields } from './case.ts';

/** A start line with its header fields. */
export interface MessageHead {
  readonly line: string;
  readonly headers: Fields;
}

/** A body as it came. */
export interface MessageBody {
  readonly body: Buffer;
  readonly trailers: Fields;
  /** Whether the stream ended before the body did. */
  readonly isCut: boolean;
}

/** How long anything is awaited. */
const WITHIN_MS = 10_000;
const NONE: MessageBody = { body: Buffer.alloc(0), trailers: [], isCut: false };

/** The next head, or undefined at the end of the stream. */
export async function readHead(inbox: ByteInbox): Promise<MessageHead | undefined> {
  const bytes = await inbox.take(
    'a head',
    (seen) => endOf(seen, '\r\n\r\n') ?? (inbox.isEnded ? seen.length : undefined),
    WITHIN_MS,
  );
  if (endOf(bytes, '\r\n\r\n') === undefined) return undefined;
  const [line = '', ...rest] = bytes.toString('latin1').slice(0, -4).split('\r\n');
  return { line, headers: rest.map(parseField) };
}

/** The body that belongs to a head. */
export async function readBody(inbox: ByteInbox, headers: Fields, toEnd: boolean): Promise<MessageBody> {
  if (/chunked/i.test(fieldValue(headers, 'transfer-encoding') ?? '')) return readChunked(inbox);
  const length = fieldValue(headers, 'content-length');
  if (length === undefined && !toEnd) return NONE;
  const wanted = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
  const body = await inbox.take('a body', (seen) => atMost(inbox, seen, wanted), WITHIN_MS);
  return { body, trailers: [], isCut: length !== undefined && body.length < wanted };
}

async function readChunked(inbox: ByteInbox): Promise<MessageBody> {
  const chunks: Buffer[] = [];
  const result = (trailers: Fields, isCut: boolean): MessageBody => ({ body: Buffer.concat(chunks), trailers, isCut });
  for (;;) {
    const line = await readLine(inbox);
    const size = Number.parseInt(line ?? '', 16);
    if (!(size >= 0)) return result([], true);
    if (size === 0) break;
    const chunk = await inbox.take('a chunk', (seen) => atMost(inbox, seen, size + 2), WITHIN_MS);
    chunks.push(chunk.subarray(0, size));
    if (chunk.length < size + 2) return result([], true);
  }
  const trailers: (readonly [string, string])[] = [];
  for (let line = await readLine(inbox); line !== ''; line = await readLine(inbox)) {
    if (line === undefined) return result(trailers, true);
    trailers.push(parseField(line));
  }
  return result(trailers, false);
}

async function readLine(inbox: ByteInbox): Promise<string | undefined> {
  const bytes = await inbox.take(
    'a line',
    (seen) => endOf(seen, '\r\n') ?? (inbox.isEnded ? seen.length : undefined),
    WITHIN_MS,
  );
  return endOf(bytes, '\r\n') === undefined ? undefined : bytes.toString('latin1').slice(0, -2);
}

/** The value of the first field of a name. */
export function fieldValue(headers: Fields, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

function atMost(inbox: ByteInbox, seen: Buffer, wanted: number): number | undefined {
  if (seen.length >= wanted) return wanted;
  return inbox.isEnded ? seen.length : undefined;
}

function endOf(bytes: Buffer, mark: string): number | undefined {
  const at = bytes.indexOf(mark, 0, 'latin1');
  return at < 0 ? undefined : at + mark.length;
}

function parseField(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
