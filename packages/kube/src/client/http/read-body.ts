/** Reads an answer to its end, unpacked and within bounds. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MeshError } from '@weft/core';

/** The body as it was before compression. */
export function decodedBody(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return response;
  if (encoding !== 'gzip') {
    response.destroy();
    throw new MeshError(
      'MESH_PROTOCOL',
      `the API server answered with content encoding "${encoding}", which was not asked for`,
    );
  }
  // The callback only keeps the error from being thrown twice: whoever reads the result gets it.
  return pipeline(response, createGunzip(), () => undefined);
}

/** The whole body as text; fails when it is longer than `maxBytes` after unpacking. */
export async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const body = decodedBody(response);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new MeshError('MESH_PROTOCOL', `the API server's answer is longer than ${maxBytes} bytes`, {
        retry: 'never',
        hint: 'ask for less, for example by pages',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

/** JSON if it is, the text itself otherwise: proxies on the way answer in whatever they like. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
