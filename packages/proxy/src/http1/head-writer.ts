/** Puts heads on the wire, whatever they came from. */
import { FieldHead } from '../http/field-head.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { type HeaderField, INDEXING } from '../http2/hpack/index.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import { AUTHORITY_BYTE, asciiBytes, CR, LF, SP, TARGET_BYTE, TOKEN_BYTE } from './bytes.ts';
import { isForbiddenTrailer } from './field-rules.ts';
import { HOP_BY_HOP } from './hop-by-hop.ts';
import { type NameCase, spellLines } from './name-case.ts';
import { reasonOf } from './reasons.ts';
import { ScannedFields } from './scanned-fields.ts';
import { ScannedRequestHead } from './scanned-request-head.ts';
import { ScannedResponseHead } from './scanned-response-head.ts';
import { copyLine, putText } from './text.ts';

const NO_LINE = new Uint8Array(0);
const VERSION_LINE_BYTES = ' HTTP/1.1\r\n'.length;
const VERSION_AND_HOST = asciiBytes(' HTTP/1.1\r\nhost: ');
/** Key: status. Written by rememberStatusLine only. */
const STATUS_LINES: (Uint8Array | undefined)[] = [];
const SLASH = 47;
/** Of the minor version in `HTTP/1.x`. */
const MINOR_PLACE = 7;
const DIGIT_0 = 48;
/** The authority form (RFC 9112 §3.2.3), as the scanner takes it. */
const HOST_AND_PORT = /^(?:\[[^[\]]+\]|[^:[\]]+):\d{1,5}$/;

/** How the heads of a connection are written. */
export interface HeadStyle {
  readonly nameCase: NameCase;
  /** The version in status lines. */
  readonly isHttp10: boolean;
}

/**
 * Writes a request's head with `lines` (complete field lines of this hop, such as its framing) behind its fields. False, and nothing is written,
 * if its method, target or authority cannot stand in a request line: that would be read as another request.
 */
export function writeRequestHead(stream: ByteStream, head: RequestHead, lines: string, nameCase: NameCase): boolean {
  if (head instanceof ScannedRequestHead) {
    if (!head.isStartIntact && !isLineValid(head.method, head.path, head.authority)) return false;
    const at = stream.room(head.lineBytesBound + head.writtenBytesBound + lines.length + 2);
    finishHead(stream, head.write(stream.out, at, nameCase), lines, nameCase);
    return true;
  }
  // An extended CONNECT is the upgrade of a GET here (RFC 8441 §5).
  const method = head.protocol === '' ? head.method : 'GET';
  const { path, authority } = head;
  if (!isLineValid(method, path, authority)) return false;
  const target = path === '' ? authority : path;
  const startBytes = method.length + 1 + target.length + VERSION_AND_HOST.length + authority.length + 2;
  const at = stream.room(startBytes + boundOf(head) + lines.length + 2);
  const { out } = stream;
  let to = putText(out, at, method);
  out[to++] = SP;
  const hostAt = putText(out, to, target) + VERSION_LINE_BYTES;
  to = copyLine(VERSION_AND_HOST, out, hostAt - VERSION_LINE_BYTES);
  to = putText(out, to, authority);
  out[to] = CR;
  out[to + 1] = LF;
  writeFields(stream, hostAt, to + 2, head, lines, nameCase);
  return true;
}

/** Writes a response's head, as writeRequestHead. */
export function writeResponseHead(stream: ByteStream, head: ResponseHead, lines: string, style: HeadStyle): void {
  let at: number;
  if (head instanceof ScannedResponseHead) {
    at = stream.room(head.lineBytesBound + head.writtenBytesBound + lines.length + 2);
    finishHead(stream, head.write(stream.out, at, style.nameCase), lines, style.nameCase);
  } else {
    const line = statusLineOf(head.status);
    at = stream.room(line.length + boundOf(head) + lines.length + 2);
    const to = copyLine(line, stream.out, at);
    writeFields(stream, to, to, head, lines, style.nameCase);
  }
  if (style.isHttp10) stream.out[at + MINOR_PLACE] = DIGIT_0;
}

/** Writes the last chunk with trailers. */
export function writeTrailers(stream: ByteStream, trailers: FieldList | undefined, nameCase: NameCase): void {
  const at = stream.room((trailers === undefined ? 0 : boundOf(trailers)) + 5);
  let to = putText(stream.out, at, '0\r\n');
  trailers?.forEach((name, value) => {
    if (!isForbiddenTrailer(name)) to = putField(stream.out, to, name, value);
  });
  spellLines(stream.out, at + 3, to, nameCase);
  finishHead(stream, to, '', nameCase);
}

/** Writes the fields of a list that was not scanned, and ends the head; `at` is where, `first` where the lines of fields begin. */
function writeFields(
  stream: ByteStream,
  first: number,
  at: number,
  head: FieldList,
  lines: string,
  nameCase: NameCase,
): void {
  const { out } = stream;
  let to = at;
  if (head instanceof FieldHead) {
    const { fields } = head;
    for (let i = 0; i < fields.length; i++) {
      to = putHeaderField(out, to, fields[i]!);
    }
  } else {
    head.forEach((name, value) => {
      if (!isForHop(name)) to = putField(out, to, name, value);
    });
  }
  spellLines(out, first, to, nameCase);
  finishHead(stream, to, lines, nameCase);
}

function statusLineOf(status: number): Uint8Array {
  return STATUS_LINES[status] ?? rememberStatusLine(status);
}

function rememberStatusLine(status: number): Uint8Array {
  const line = asciiBytes(`HTTP/1.1 ${status} ${reasonOf(status)}\r\n`);
  // A status has three digits: there are no more than so many lines.
  STATUS_LINES[status] = line;
  return line;
}

/** Writes the codec's own lines and the empty line. */
function finishHead(stream: ByteStream, at: number, lines: string, nameCase: NameCase): void {
  const { out } = stream;
  let to = putText(out, at, lines);
  spellLines(out, at, to, nameCase);
  out[to] = 13;
  out[to + 1] = 10;
  to += 2;
  stream.commit(to);
}

function boundOf(list: FieldList): number {
  if (list instanceof ScannedFields) return list.writtenBytesBound;
  return list.byteSize;
}

/** Writes a field of HTTP/2; what concerns a hop, and the host, which has its own place, are left out. */
function putHeaderField(out: Buffer, at: number, field: HeaderField): number {
  const line = field.line ?? (field.indexing === INDEXING.incremental ? rememberLine(field) : undefined);
  if (line !== undefined) return copyLine(line, out, at);
  if (isForHop(field.name)) return at;
  const { header } = field;
  header.prefix ??= asciiBytes(`${header.text}: `);
  const to = putText(out, copyLine(header.prefix, out, at), field.value);
  out[to] = CR;
  out[to + 1] = LF;
  return to + 2;
}

function rememberLine(field: HeaderField): Uint8Array {
  const { name, value } = field;
  field.line = isForHop(name) ? NO_LINE : Uint8Array.from(Buffer.from(`${name}: ${value}\r\n`, 'latin1'));
  return field.line;
}

function isForHop(name: string): boolean {
  return name === 'host' || HOP_BY_HOP.has(name);
}

function putField(out: Buffer, at: number, name: string, value: string): number {
  let to = putText(out, at, name);
  out[to] = 58;
  out[to + 1] = 32;
  to = putText(out, to + 2, value);
  out[to] = 13;
  out[to + 1] = 10;
  return to + 2;
}

/** RFC 9112 §3: what a request line and a Host field can carry. */
function isLineValid(method: string, path: string, authority: string): boolean {
  if (method === '' || !consistsOf(method, TOKEN_BYTE) || !consistsOf(authority, AUTHORITY_BYTE)) return false;
  if (method === 'CONNECT') return path === '' && HOST_AND_PORT.test(authority);
  if (!consistsOf(path, TARGET_BYTE)) return false;
  return path.charCodeAt(0) === SLASH || (path === '*' && method === 'OPTIONS');
}

function consistsOf(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255 || table[code] === 0) return false;
  }
  return true;
}
