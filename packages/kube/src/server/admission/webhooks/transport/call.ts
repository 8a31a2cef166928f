/** One HTTPS call to a webhook, bounded in time and size. */
import { Agent, request as httpsRequest } from 'node:https';
import { type Clock, parseJson, withDeadline } from '@weft/core';

/** Where and how to call. */
export interface WebhookEndpoint {
  readonly url: URL;
  /** Name that the certificate must carry, where it is not the URL's host. */
  readonly serverName: string | undefined;
  readonly caPem: string | undefined;
}

const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
const MAX_SOCKETS = 32;

/** Calls webhooks; keeps connections, which are made anew when the endpoint's CA changes. */
export class WebhookCaller {
  private readonly clock: Clock;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(clock: Clock) {
    this.clock = clock;
  }

  close(): void {
    this.agent.destroy();
  }

  /** Posts JSON and returns the JSON answer; rejects with an error whose message says what went wrong. */
  post(endpoint: WebhookEndpoint, body: unknown, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const what = `call to ${endpoint.url.origin}${endpoint.url.pathname}`;
    return withDeadline(this.clock, timeoutMs, { what, signal }, (inner) =>
      this.send(endpoint, JSON.stringify(body), inner),
    );
  }

  private send(endpoint: WebhookEndpoint, body: string, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        endpoint.url,
        {
          method: 'POST',
          agent: this.agent,
          signal,
          ...(endpoint.serverName === undefined ? {} : { servername: endpoint.serverName }),
          ...(endpoint.caPem === undefined ? {} : { ca: endpoint.caPem }),
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            accept: 'application/json',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > MAX_ANSWER_BYTES)
              request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
            else chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const parsed = parseJson(Buffer.concat(chunks));
            if (status < 200 || status > 299) reject(new Error(`the webhook answered HTTP ${status}`));
            else if (parsed.kind === 'err') reject(new Error(`the answer is not JSON: ${parsed.error.message}`));
            else resolve(parsed.value);
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }
}
