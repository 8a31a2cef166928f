/** A transport whose answers the test gives by hand, without sockets. */
import { PassThrough } from 'node:stream';
import { within } from '@weft/testkit';
import { ApiStatusError, type StatusReason } from '../../shared/status.ts';
import type { ApiRequest, ApiStream, ApiTransport } from '../http/request.ts';

/** A request that waits for its answer. */
export interface Exchange {
  readonly request: ApiRequest;
  readonly isStream: boolean;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Answers with this object. */
  respond(answer: unknown): void;
  /** Answers with a refusal. */
  refuse(statusCode: number, reason: StatusReason, message?: string): void;
  fail(error: Error): void;
  /** Opens the stream that was asked for. */
  open(): Feed;
}

/** An open stream. */
export class Feed {
  readonly body = new PassThrough();
  isClosed = false;

  /** One event in a line of its own. */
  send(type: string, object: object): void {
    this.raw(`${JSON.stringify({ type, object })}\n`);
  }

  /** Bytes as they are. */
  raw(data: string | Uint8Array): void {
    this.body.write(data);
  }

  end(): void {
    this.body.end();
  }

  /** Breaks the connection. */
  break(code = 'ECONNRESET'): void {
    this.body.destroy(Object.assign(new Error('read ECONNRESET'), { code }));
  }
}

/** Collects requests until the test answers them. */
export class ScriptedTransport implements ApiTransport {
  readonly origin = 'the test';
  readonly server = 'http://scripted';
  readonly namespace = 'default';
  readonly #waiting: Exchange[] = [];
  #wake: () => void = () => undefined;
  isClosed = false;

  /** How many requests nobody answered yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** The next request, whatever it is. */
  async next(withinMs?: number): Promise<Exchange> {
    const arrived = async (): Promise<Exchange> => {
      for (;;) {
        const exchange = this.#waiting.shift();
        if (exchange !== undefined) return exchange;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return within('a request of the client', arrived(), withinMs);
  }

  request(request: ApiRequest): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#add(request, answer, false);
    return answer.promise;
  }

  requestText(request: ApiRequest): Promise<string> {
    return this.request(request) as Promise<string>;
  }

  stream(request: ApiRequest): Promise<ApiStream> {
    const answer = Promise.withResolvers<unknown>();
    this.#add(request, answer, true);
    return answer.promise as Promise<ApiStream>;
  }

  close(): void {
    this.isClosed = true;
  }

  #add(request: ApiRequest, answer: PromiseWithResolvers<unknown>, isStream: boolean): void {
    const onAbort = () => answer.reject(request.signal?.reason);
    if (request.signal?.aborted) onAbort();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const url = new URL(request.path, 'http://scripted');
    const { promise, resolve, reject } = answer;
    promise.catch(() => undefined);
    this.#waiting.push({
      request,
      isStream,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      respond: resolve,
      refuse: (statusCode, reason, message = reason) => reject(new ApiStatusError({ statusCode, reason, message })),
      fail: reject,
      open: () => {
        const feed = new Feed();
        const close = () => {
          feed.isClosed = true;
          feed.body.destroy();
        };
        request.signal?.addEventListener('abort', close, { once: true });
        resolve({ body: feed.body, close } satisfies ApiStream);
        return feed;
      },
    });
    this.#wake();
  }
}
