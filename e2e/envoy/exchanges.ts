/** Short ways to write exchanges. */
import type { ClientTls, Exchange, Http2Request, Step } from './case.ts';

/** A request over HTTP/1.1 in parts. */
export interface RequestParts {
  readonly method?: string;
  readonly host?: string;
  /** Beside `host`; a list of pairs may repeat names. */
  readonly headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly body?: string;
  readonly listener?: string;
  readonly from?: string;
  readonly tls?: ClientTls;
  readonly logs?: number;
}

/** One request over HTTP/1.1 that is well formed. */
export function request(name: string, target: string, parts: RequestParts = {}): Exchange {
  const { method = 'GET', host = 'test.local', headers = {}, body, ...rest } = parts;
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  const lines = [`${method} ${target} HTTP/1.1`, `host: ${host}`, ...pairs.map(([key, value]) => `${key}: ${value}`)];
  if (body !== undefined) lines.push(`content-length: ${body.length}`);
  const text = `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
  return { name, ...rest, steps: [send(text), response(method)] };
}

/** Bytes as they are, and the responses that are awaited; a `\n` alone stays alone. */
export function raw(
  name: string,
  text: string,
  options: Partial<Exchange> & { readonly responses?: number } = {},
): Exchange {
  const { responses = 1, ...rest } = options;
  return { name, ...rest, steps: [send(text), ...Array.from({ length: responses }, () => response())] };
}

/** Bytes after which the proxy is to end the connection, whatever it answers before. */
export function refused(name: string, text: string, options: Partial<Exchange> = {}): Exchange {
  return { name, ...options, steps: [send(text), { kind: 'closed' }] };
}

/** A conversation. */
export function talk(name: string, steps: readonly Step[], options: Partial<Exchange> = {}): Exchange {
  return { name, ...options, steps };
}

/** One request over HTTP/2. */
export function request2(
  name: string,
  path: string,
  parts: Partial<Http2Request> & Pick<Exchange, 'listener' | 'tls' | 'logs'> & { readonly method?: string } = {},
): Exchange {
  const { method = 'GET', headers = {}, body, trailers, ...rest } = parts;
  const all = { ':method': method, ':path': path, ':scheme': 'http', ':authority': 'test.local', ...headers };
  const one: Http2Request = {
    headers: all,
    ...(body === undefined ? {} : { body }),
    ...(trailers === undefined ? {} : { trailers }),
  };
  return { name, ...rest, http2: [one] };
}

/** Sends text. */
export function send(text: string): Step {
  return { kind: 'send', text };
}

/** Awaits a response to this method. */
export function response(method?: string): Step {
  return method === undefined || method === 'GET' ? { kind: 'response' } : { kind: 'response', method };
}

/** Awaits text. */
export function hear(text: string): Step {
  return { kind: 'text', text };
}

/** Routes that answer with their names: a name and the condition in YAML each. */
export function namedRoutes(matches: Readonly<Record<string, string>>): string {
  return Object.entries(matches)
    .map(([name, match]) => `- { name: ${name}, match: ${match}, direct_response: { status: 200 } }\n`)
    .join('');
}
