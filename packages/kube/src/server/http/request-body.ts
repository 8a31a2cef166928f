/** The body of one HTTP request: read once and bounded, or left unread by an answer that came before it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, requestEntityTooLarge, tooManyRequests, unsupportedMediaType } from '../../shared/api-errors.ts';
import type { ApiStatusError } from '../../shared/status.ts';
import type { BodyBudget } from './body-budget.ts';

/** Kubernetes' own limit for request bodies. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** As much of an unread body is read and dropped to keep the connection; more is not worth it. */
const MAX_SKIPPED_BYTES = 256 * 1024;

/** What a body is read with. */
export interface RequestBodyOptions {
  readonly budget: BodyBudget;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly isContinueExpected: boolean;
}

/** A body on its way in. */
export class RequestBody {
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly options: RequestBodyOptions;
  /** Bytes that the budget holds for this body. */
  private taken = 0;
  private isAwaited: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, options: RequestBodyOptions) {
    this.request = request;
    this.response = response;
    this.options = options;
    this.isAwaited = options.isContinueExpected;
    // The handler works with the bytes until it has answered.
    response.once('close', () => {
      options.budget.release(this.taken);
      this.taken = 0;
    });
  }

  /** Reads it to its end; rejects when it is too large, compressed, or the client goes away. */
  read(): Promise<Uint8Array> {
    const { request, response } = this;
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') return Promise.reject(unsupportedMediaType(['bodies that are not compressed']));
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) return Promise.reject(tooLarge());
    if (request.destroyed && !request.complete) return Promise.reject(clientGone());
    if (!this.reserve(declared)) return Promise.reject(overloaded());
    if (this.isAwaited) {
      this.isAwaited = false;
      response.writeContinue();
    }
    return this.collect();
  }

  /** True when the rest of the body stands in the way of a next request on the connection. */
  get isInTheWay(): boolean {
    const { request } = this;
    if (request.complete) return false;
    if (this.isAwaited) return true;
    const declared = request.headers['content-length'];
    return declared === undefined || Number(declared) > MAX_SKIPPED_BYTES;
  }

  private collect(): Promise<Uint8Array> {
    const { request } = this;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) refuse(tooLarge());
        else if (!this.reserve(size)) refuse(overloaded());
        else chunks.push(chunk);
      };
      const refuse = (error: ApiStatusError): void => {
        request.off('data', onData);
        request.pause();
        reject(error);
      };
      request.on('data', onData);
      request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      request.once('error', () => reject(clientGone()));
      request.once('close', () => {
        if (!request.complete) reject(clientGone());
      });
    });
  }

  /** Holds room for at least so many bytes in all. */
  private reserve(bytes: number): boolean {
    if (bytes <= this.taken) return true;
    if (!this.options.budget.take(bytes - this.taken)) return false;
    this.taken = bytes;
    return true;
  }
}

function tooLarge(): ApiStatusError {
  return requestEntityTooLarge(`limit is ${MAX_BODY_BYTES}`);
}

function overloaded(): ApiStatusError {
  return tooManyRequests(1, 'too many large requests at once, please try again later');
}

/** Nobody reads this answer; it ends the work of the handler. */
function clientGone(): ApiStatusError {
  return badRequest('the client went away before the request was complete');
}
