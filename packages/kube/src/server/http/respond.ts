/** Writes answers to a Node response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import type { Clock } from '@weft/core';
import type { BodyResponse, StreamResponse, StreamSink } from '../exchange.ts';
import type { RequestBody } from './request-body.ts';
import { sendChunks } from './send-chunks.ts';
import type { ListenerTimeouts } from './timeouts.ts';

/** Below this the saved bytes are not worth the time, as in Kubernetes. */
const COMPRESS_FROM_BYTES = 128 * 1024;
const MAX_WARNINGS = 64;
const MAX_WARNING_CHARS = 1024;

/** One request with what is needed to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody;
  readonly clock: Clock;
  readonly timeouts: ListenerTimeouts;
}

/** Sends a whole answer. */
export function sendBody(exchange: Exchange, answer: BodyResponse): void {
  const { request, response, timeouts } = exchange;
  // Held memory is given back when the client does not take its answer.
  response.setTimeout(timeouts.sendMs, () => response.destroy());
  response.statusCode = answer.status;
  response.setHeader('content-type', answer.contentType);
  response.setHeader('cache-control', 'no-cache, private');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  const warnings = (answer.warnings ?? []).slice(0, MAX_WARNINGS);
  if (warnings.length > 0) response.setHeader('warning', [...new Set(warnings)].map(warningHeader));
  if (typeof answer.body !== 'string' && !(answer.body instanceof Uint8Array)) {
    sendChunks(request, response, answer.body, wantsGzip(request));
    return;
  }
  const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  if (!wantsGzip(request) || bytes.length < COMPRESS_FROM_BYTES) {
    finish(exchange, bytes);
    return;
  }
  gzip(bytes, { level: 1 }, (error, compressed) => {
    if (error === null) response.setHeader('content-encoding', 'gzip');
    finish(exchange, error === null ? compressed : bytes);
  });
}

function finish(exchange: Exchange, bytes: Uint8Array): void {
  const { request, response, body } = exchange;
  if (response.destroyed) return;
  response.setHeader('content-length', bytes.length);
  const isSent = request.method !== 'HEAD';
  if (!body.isInTheWay) {
    response.end(isSent ? bytes : undefined);
    return;
  }
  response.setHeader('connection', 'close');
  if (isSent) response.write(bytes);
  else response.flushHeaders();
  linger(exchange);
}

/**
 * Ends the answer only after the client has stopped to send: a connection that is closed over unread bytes is reset, and a
 * reset takes the answer away from a client that has not read it yet.
 */
function linger({ request, response, clock, timeouts }: Exchange): void {
  const timer = clock.setTimer(timeouts.lingerMs, () => response.end());
  response.once('close', () => timer.cancel());
  request.once('end', () => response.end());
  request.resume();
}

/** On the same machine the network is faster than the compressor. */
function wantsGzip(request: IncomingMessage): boolean {
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(request.headers['accept-encoding'] ?? '')))
    return false;
  const peer = request.socket.remoteAddress ?? '';
  return !(peer === '::1' || peer.startsWith('127.') || peer.startsWith('::ffff:127.'));
}

/** RFC 7234 §5.5 with code 299 and no agent, which is what kubectl reads. */
function warningHeader(text: string): string {
  const printable = text.slice(0, MAX_WARNING_CHARS).replace(/[^\x20-\x7e]/g, '?');
  return `299 - "${printable.replace(/[\\"]/g, '\\$&')}"`;
}

/** Sends the head and hands the rest over to the stream. */
export function sendStream({ request, response, timeouts }: Exchange, answer: StreamResponse): void {
  response.writeHead(answer.status, { 'content-type': answer.contentType, 'cache-control': 'no-cache, private' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  answer.start(sinkOf(response, timeouts));
}

function sinkOf(response: ServerResponse, timeouts: ListenerTimeouts): StreamSink {
  return {
    get bufferedBytes(): number {
      return response.writableLength;
    },
    write: (chunk) => {
      if (!response.destroyed && !response.writableEnded) response.write(chunk);
    },
    end: () => {
      // What is still unread goes to a client that reads; one that does not is let go with all that waits for it.
      response.setTimeout(timeouts.sendMs, () => response.destroy());
      response.end();
    },
    onClose: (handler) => void response.once('close', handler),
  };
}
