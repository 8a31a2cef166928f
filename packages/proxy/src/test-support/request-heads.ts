/** Heads of requests for tests, in both forms: read from HTTP/1 bytes, and as HTTP/2 brings them. */

import type { RequestHead } from '../http/head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { requestHeadPool } from '../http1/head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from '../http1/head-scan.ts';
import { scanRequestHead } from '../http1/head-scanner.ts';

/** What a test says of a request. */
export interface HeadSpec {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly fields?: readonly (readonly [name: string, value: string])[];
}

/** The head as HTTP/1 brings it; undefined when it is not valid there. */
export function http1Head({ method = 'GET', path = '/', host = 'h', fields = [] }: HeadSpec): RequestHead | undefined {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const head = requestHeadPool(DEFAULT_HEAD_LIMITS).take();
  head.scan.begin(0);
  if (scanRequestHead(head.scan, bytes, bytes.length) <= 0) return undefined;
  head.begin(bytes, 'http');
  return head;
}

/** The same as HTTP/2 brings it. */
export function http2Head({ method = 'GET', path = '/', host = 'h', fields = [] }: HeadSpec): RequestHead {
  return RequestFields.of({ method, path, scheme: 'http', authority: host }, fields);
}

/** The fields of a head by name, values joined as `get` does. */
export function fieldsOf(head: RequestHead): Record<string, string> {
  const found: Record<string, string> = {};
  head.forEach((name) => {
    found[name] = head.get(name) ?? '';
  });
  return found;
}
