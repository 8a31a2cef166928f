/** Sends an answer that is made while it is sent: a large list is never in memory as a whole, and other clients get their turns. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

const BATCH_CHARS = 64 * 1024;

/** Sends the pieces, compressed if asked for; the head must be set already. Stops when the client goes away. */
export function sendChunks(
  request: IncomingMessage,
  response: ServerResponse,
  pieces: Iterable<string>,
  isCompressed: boolean,
): void {
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = Readable.from(batches(pieces), { objectMode: false });
  // Errors here are the client's leaving; the pipeline has closed both ends by then.
  const onEnd = (): void => undefined;
  if (!isCompressed) {
    pipeline(source, response, onEnd);
    return;
  }
  response.setHeader('content-encoding', 'gzip');
  pipeline(source, createGzip({ level: 1 }), response, onEnd);
}

/** Many small texts as fewer large ones: each write costs the same, however short. */
function* batches(pieces: Iterable<string>): Iterable<Buffer> {
  let batch: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    batch.push(piece);
    length += piece.length;
    if (length < BATCH_CHARS) continue;
    yield Buffer.from(batch.join(''));
    batch = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(batch.join(''));
}
