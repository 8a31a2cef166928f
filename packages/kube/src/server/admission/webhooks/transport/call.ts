/** One HTTPS call to a webhook, bounded in time, size and number. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { type Clock, parseJson, withDeadline } from '@weft/core';

/** Where and how to call. */
export interface WebhookEndpoint {
  readonly url: URL;
  /** Name that the certificate must carry, where it is not the URL's host. */
  readonly serverName: string | undefined;
  readonly caPem: string | undefined;
}

/** One call. */
export interface WebhookCall {
  /** Calls under way are counted by it. */
  readonly webhook: string;
  readonly endpoint: WebhookEndpoint;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
const MAX_SOCKETS = 32;
/** A webhook that hangs holds the writes that wait for it; so many of them may not become all of them. */
const MAX_CALLS = 100;

/** Calls webhooks; keeps connections, which are made anew when the endpoint's CA changes. */
export class WebhookCaller {
  private readonly clock: Clock;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  /** Webhook to its calls under way; written by `post` alone. */
  private readonly calls = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  close(): void {
    this.agent.destroy();
  }

  /** Posts JSON and returns the JSON answer; rejects with an error whose message says what went wrong. */
  async post({ webhook, endpoint, body, timeoutMs, signal }: WebhookCall): Promise<unknown> {
    const count = this.calls.get(webhook) ?? 0;
    if (count >= MAX_CALLS) throw new Error(`${MAX_CALLS} calls to it are under way already`);
    this.calls.set(webhook, count + 1);
    const url = new URL(endpoint.url);
    // Webhooks may give up when nobody waits for them any more.
    url.searchParams.set('timeout', `${timeoutMs / 1000}s`);
    const what = `call to ${url.origin}${url.pathname}`;
    try {
      return await withDeadline(this.clock, timeoutMs, { what, signal }, (inner) =>
        this.send({ ...endpoint, url }, JSON.stringify(body), inner),
      );
    } finally {
      const left = this.calls.get(webhook)! - 1;
      if (left === 0) this.calls.delete(webhook);
      else this.calls.set(webhook, left);
    }
  }

  private async send(endpoint: WebhookEndpoint, body: string, signal: AbortSignal): Promise<unknown> {
    const first = await this.exchange(endpoint, body, signal);
    if (first.kind === 'answer') return first.value;
    // The webhook had closed a kept connection before it saw the request.
    const second = await this.exchange(endpoint, body, signal, false);
    if (second.kind === 'answer') return second.value;
    throw second.error;
  }

  private exchange(
    endpoint: WebhookEndpoint,
    body: string,
    signal: AbortSignal,
    isReuseAllowed = true,
  ): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const { url, serverName, caPem } = endpoint;
      const request = httpsRequest(url, {
        method: 'POST',
        agent: isReuseAllowed ? this.agent : false,
        signal,
        ...(serverName === undefined ? {} : { servername: serverName }),
        ...(caPem === undefined ? {} : { ca: caPem }),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json',
        },
      });
      let isAnswered = false;
      request.on('error', (error: Error) => {
        if (request.reusedSocket && !isAnswered && !signal.aborted) resolve({ kind: 'stale', error });
        else reject(error);
      });
      request.on('response', (response) => {
        isAnswered = true;
        readAnswer(request, response).then((value) => resolve({ kind: 'answer', value }), reject);
      });
      request.end(body);
    });
  }
}

type Exchange =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'stale'; readonly error: Error };

function readAnswer(request: ClientRequest, response: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= MAX_ANSWER_BYTES) return;
      reject(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
      request.destroy();
    });
    response.on('error', reject);
    response.on('end', () => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        reject(new Error(`the webhook answered HTTP ${status}`));
        return;
      }
      const parsed = parseJson(Buffer.concat(chunks));
      if (parsed.kind === 'err') reject(new Error(`the answer is not JSON: ${parsed.error.message}`));
      else resolve(parsed.value);
    });
  });
}
