/** The body of a request: read once, bounded by itself and together with all others. */
import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '@weft/core';

/** Why a body was not read. */
export interface BodyRefusal {
  readonly status: number;
  readonly message: string;
}

/** Bytes that bodies may hold together. */
export class BodyBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#maxBytes) return false;
    this.#taken += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** A body that was read; `release` gives its room back once the work with it is done. */
export interface ReadBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/** So much of a refused body is read and dropped: a client that still sends would not see the answer. */
const MAX_DROPPED_BYTES = 16 * 1024 * 1024;

/** Reads a body to its end. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
): Promise<Result<ReadBody, BodyRefusal>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let taken = 0;
    let refusal: BodyRefusal | undefined;
    const refuse = (status: number, message: string): void => {
      refusal ??= { status, message };
      chunks.length = 0;
      budget.release(taken);
      taken = 0;
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (refusal !== undefined) {
        if (size > maxBytes + MAX_DROPPED_BYTES) resolve(err(refusal));
      } else if (size > maxBytes) refuse(413, `the body is larger than ${maxBytes} bytes`);
      else if (!budget.take(chunk.length)) refuse(503, 'too many large requests at once, try again later');
      else {
        taken += chunk.length;
        chunks.push(chunk);
      }
    });
    request.once('end', () => {
      const bytes = Buffer.concat(chunks);
      resolve(refusal === undefined ? ok({ bytes, release: () => budget.release(taken) }) : err(refusal));
    });
    request.once('close', () => {
      if (request.complete) return;
      refuse(400, 'the client went away');
      resolve(err(refusal!));
    });
    request.on('error', () => undefined);
  });
}
