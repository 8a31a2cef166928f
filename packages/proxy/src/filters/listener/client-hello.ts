/** Reads what a TLS client asks for out of the first bytes it sends (RFC 8446 §4.1.2, §5.1), without taking part in the handshake. */

/** What a ClientHello asks for. */
export interface ClientHello {
  readonly kind: 'hello';
  /** Lower case; empty without SNI. */
  readonly serverName: string;
  /** The protocols offered by ALPN, in order. */
  readonly protocols: readonly string[];
  /** How many bytes the message and its records take. */
  readonly byteLength: number;
}

/** What the first bytes of a connection are. */
export type ClientHelloResult =
  | ClientHello
  /** They may become a ClientHello. */
  | { readonly kind: 'incomplete' }
  /** They are none. */
  | { readonly kind: 'other' }
  /** They begin one that is larger than allowed. */
  | { readonly kind: 'tooLarge' };

const INCOMPLETE: ClientHelloResult = Object.freeze({ kind: 'incomplete' });
const OTHER: ClientHelloResult = Object.freeze({ kind: 'other' });
const TOO_LARGE: ClientHelloResult = Object.freeze({ kind: 'tooLarge' });

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const MAX_RECORD_BYTES = 1 << 14;
const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const SERVER_NAME = 0;
const ALPN = 16;
const MAX_NAME_BYTES = 255;

/** Parses bytes[0, end) as the beginning of a connection. */
export function parseClientHello(bytes: Buffer, end: number, maxBytes: number): ClientHelloResult {
  // The message may be cut into records anywhere, its own header too.
  const pieces: Buffer[] = [];
  let have = 0;
  let need = MESSAGE_HEADER_BYTES;
  let at = 0;
  while (have < need) {
    const record = recordLength(bytes, at, end);
    if (record < 0) return OTHER;
    const start = at + RECORD_HEADER_BYTES;
    const stop = Math.min(end, start + record);
    if (record === 0 || stop <= start) break;
    pieces.push(bytes.subarray(start, stop));
    have += stop - start;
    at = stop;
    if (have >= MESSAGE_HEADER_BYTES && need === MESSAGE_HEADER_BYTES) {
      const head = joined(pieces);
      if (head[0] !== CLIENT_HELLO) return OTHER;
      need = MESSAGE_HEADER_BYTES + head.readUIntBE(1, 3);
      if (need > maxBytes) return TOO_LARGE;
    } else if (have < MESSAGE_HEADER_BYTES && pieces[0]![0] !== CLIENT_HELLO) return OTHER;
    if (stop < start + record) break;
  }
  if (have < need) return end > maxBytes ? TOO_LARGE : INCOMPLETE;
  return parseBody(joined(pieces).subarray(MESSAGE_HEADER_BYTES, need), at) ?? OTHER;
}

/** The length that the record at `at` says it has; 0 while its header is not there, below 0 when it is no record of a handshake. */
function recordLength(bytes: Buffer, at: number, end: number): number {
  if (at < end && bytes[at] !== HANDSHAKE_RECORD) return -1;
  if (at + 1 < end && bytes[at + 1] !== 3) return -1;
  if (at + RECORD_HEADER_BYTES > end) return 0;
  const length = bytes.readUInt16BE(at + 3);
  return length === 0 || length > MAX_RECORD_BYTES ? -1 : length;
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** Reads lengths and what they announce; `isSound` is false as soon as something does not fit. */
class Reader {
  readonly bytes: Buffer;
  at = 0;
  isSound = true;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  uint(size: 1 | 2): number {
    if (this.at + size > this.bytes.length) {
      this.isSound = false;
      return 0;
    }
    const value = size === 1 ? this.bytes[this.at]! : this.bytes.readUInt16BE(this.at);
    this.at += size;
    return value;
  }

  take(length: number): Buffer {
    if (!this.isSound || this.at + length > this.bytes.length) {
      this.isSound = false;
      return this.bytes.subarray(0, 0);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function parseBody(body: Buffer, byteLength: number): ClientHello | undefined {
  const reader = new Reader(body);
  reader.take(2 + RANDOM_BYTES);
  const sessionId = reader.take(reader.uint(1));
  const suites = reader.take(reader.uint(2));
  const compressions = reader.take(reader.uint(1));
  if (!reader.isSound || sessionId.length > MAX_SESSION_ID_BYTES) return undefined;
  if (suites.length < 2 || suites.length % 2 !== 0 || compressions.length === 0) return undefined;
  if (reader.isAtEnd) return { kind: 'hello', serverName: '', protocols: [], byteLength };
  const extensions = new Reader(reader.take(reader.uint(2)));
  if (!reader.isSound || !reader.isAtEnd) return undefined;
  return parseExtensions(extensions, byteLength);
}

function parseExtensions(extensions: Reader, byteLength: number): ClientHello | undefined {
  let serverName: string | undefined = '';
  let protocols: readonly string[] | undefined = [];
  const seen = new Set<number>();
  while (!extensions.isAtEnd) {
    const type = extensions.uint(2);
    const value = extensions.take(extensions.uint(2));
    // A second extension of a type is forbidden (RFC 8446 §4.2), and a way to show two readers two names.
    if (!extensions.isSound || seen.has(type)) return undefined;
    seen.add(type);
    if (type === SERVER_NAME) serverName = parseServerName(value);
    else if (type === ALPN) protocols = parseProtocols(value);
    if (serverName === undefined || protocols === undefined) return undefined;
  }
  return { kind: 'hello', serverName, protocols, byteLength };
}

/** RFC 6066 §3: a list, but of one name of one type in all that was ever made. */
function parseServerName(value: Buffer): string | undefined {
  const outer = new Reader(value);
  const list = new Reader(outer.take(outer.uint(2)));
  const type = list.uint(1);
  const name = list.take(list.uint(2));
  if (!outer.isSound || !outer.isAtEnd || !list.isSound || !list.isAtEnd) return undefined;
  if (type !== 0 || name.length === 0 || name.length > MAX_NAME_BYTES || name.includes(0)) return undefined;
  return name.toString('latin1').toLowerCase();
}

/** RFC 7301 §3.1. */
function parseProtocols(value: Buffer): readonly string[] | undefined {
  const outer = new Reader(value);
  const list = new Reader(outer.take(outer.uint(2)));
  if (!outer.isSound || !outer.isAtEnd || list.isAtEnd) return undefined;
  const protocols: string[] = [];
  while (!list.isAtEnd) {
    const name = list.take(list.uint(1));
    if (!list.isSound || name.length === 0) return undefined;
    protocols.push(name.toString('latin1'));
  }
  return protocols;
}
