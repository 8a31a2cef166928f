/** Puts heads on the wire, whatever they came from. */
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import { reasonOf } from './reasons.ts';
import { putText } from './scanned-fields.ts';
import { ScannedRequestHead } from './scanned-request-head.ts';
import { ScannedResponseHead } from './scanned-response-head.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Writes a request's head with `lines` (complete field lines of this hop, such as its framing) behind its fields. */
export function writeRequestHead(stream: ByteStream, head: RequestHead, lines: string): void {
  if (head instanceof ScannedRequestHead) {
    const at = stream.room(head.lineBytesBound + head.writtenBytesBound + lines.length + 2);
    finishHead(stream, head.write(stream.out, at), lines);
    return;
  }
  const target = head.path === '' ? head.authority : head.path;
  const start = `${head.method} ${target} HTTP/1.1\r\nhost: ${head.authority}\r\n`;
  const at = stream.room(start.length + boundOf(head) + lines.length + 2);
  finishHead(stream, putFields(stream.out, putText(stream.out, at, start), head), lines);
}

/** Writes a response's head; `minorVersion` 0 answers an HTTP/1.0 request. */
export function writeResponseHead(stream: ByteStream, head: ResponseHead, lines: string): void {
  if (head instanceof ScannedResponseHead) {
    const at = stream.room(head.lineBytesBound + head.writtenBytesBound + lines.length + 2);
    finishHead(stream, head.write(stream.out, at), lines);
    return;
  }
  const start = `HTTP/1.1 ${head.status} ${reasonOf(head.status)}\r\n`;
  const at = stream.room(start.length + boundOf(head) + lines.length + 2);
  finishHead(stream, putFields(stream.out, putText(stream.out, at, start), head), lines);
}

/** Writes the last chunk with trailers. */
export function writeTrailers(stream: ByteStream, trailers: FieldList | undefined): void {
  const at = stream.room((trailers === undefined ? 0 : boundOf(trailers)) + 5);
  let to = putText(stream.out, at, '0\r\n');
  if (trailers !== undefined) to = putFields(stream.out, to, trailers);
  finishHead(stream, to, '');
}

function finishHead(stream: ByteStream, at: number, lines: string): void {
  const { out } = stream;
  let to = putText(out, at, lines);
  out[to] = 13;
  out[to + 1] = 10;
  to += 2;
  stream.commit(to);
}

function boundOf(fields: FieldList): number {
  let bytes = 0;
  fields.forEach((name, value) => {
    bytes += name.length + value.length + 4;
  });
  return bytes;
}

function putFields(out: Buffer, at: number, fields: FieldList): number {
  let to = at;
  fields.forEach((name, value) => {
    if (HOP_BY_HOP.has(name)) return;
    to = putText(out, to, name);
    out[to] = 58;
    out[to + 1] = 32;
    to = putText(out, to + 2, value);
    out[to] = 13;
    out[to + 1] = 10;
    to += 2;
  });
  return to;
}
