/** Turns a recording into a corpus: values of the recorded server become references to the answers that they came from. */

import { derive, deriveEvent } from './derive.ts';
import type { CorpusBody, CorpusExchange, CorpusRequest, Expectation, Step } from './format.ts';
import type { Recorded } from './recorder.ts';

/** One recorded command. */
export interface RecordedStep {
  readonly command: string;
  readonly exchanges: readonly Recorded[];
}

/** Fields whose values later requests repeat. */
const REFERRED: Readonly<Record<string, string>> = {
  resourceVersion: 'revision',
  uid: 'uid',
  serverRelativeURL: 'openapi',
};
const MIN_LENGTH = 8;

interface Origin {
  readonly capture: Record<string, string>;
  readonly pointer: string;
  readonly kind: string;
}

/** Tidies steps in order. */
export class Tidier {
  /** Value to the newest answer that holds it. */
  private readonly origins = new Map<string, Origin>();
  /** Requests of which the answer is described already, with it. */
  private readonly described = new Set<string>();
  private count = 0;

  tidy({ command, exchanges }: RecordedStep): Step {
    const settled = exchanges.filter((exchange, index) => !isPassing(exchange, exchanges.slice(index + 1)));
    return { command, exchanges: settled.map((exchange) => this.exchange(exchange)) };
  }

  private exchange(recorded: Recorded): CorpusExchange {
    const request = this.request(recorded);
    const text = Buffer.concat(recorded.answer).toString();
    const values = isJson(recorded) ? (isWatch(recorded) ? jsonLines(text) : JSON.parse(text)) : undefined;
    // Later requests add to it what they refer to.
    const capture: Record<string, string> = {};
    if (values !== undefined) this.remember(values, '', capture);
    return { request, expect: this.onlyOnce(recorded.path, expectationOf(recorded, values)), capture };
  }

  /** Discovery is asked for again and again: what an answer must be is written down when it changes. */
  private onlyOnce(path: string, expect: Expectation): Expectation {
    const described = JSON.stringify([path, expect]);
    const isNew = !this.described.has(described);
    this.described.add(described);
    if (isNew || expect.body === undefined) return expect;
    const { body: _body, ...rest } = expect;
    return rest;
  }

  private request({ method, path, headers, body }: Recorded): CorpusRequest {
    const sent = { method, path: this.refer(path), headers };
    if (body.length === 0) return sent;
    return { ...sent, body: this.body(headers['content-type'] ?? '', body) };
  }

  private body(contentType: string, body: Buffer): CorpusBody {
    if (contentType.includes('protobuf')) return { base64: body.toString('base64') };
    const text = this.refer(body.toString());
    try {
      return { json: JSON.parse(text) as unknown };
    } catch {
      return { text };
    }
  }

  /** Replaces values of earlier answers by references. */
  private refer(text: string): string {
    let result = text;
    const known = [...this.origins].sort(([a], [b]) => b.length - a.length);
    for (const [value, { capture, pointer, kind }] of known) {
      if (!result.includes(value)) continue;
      const name = Object.entries(capture).find(([, at]) => at === pointer)?.[0] ?? `${kind}-${++this.count}`;
      capture[name] = pointer;
      result = result.replaceAll(value, `{{${name}}}`);
    }
    return result;
  }

  private remember(value: unknown, pointer: string, capture: Origin['capture']): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, item] of Object.entries(value)) {
      const at = `${pointer}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const kind = REFERRED[field];
      if (kind !== undefined && typeof item === 'string' && item.length >= MIN_LENGTH) {
        this.origins.set(item, { capture, pointer: at, kind });
      } else this.remember(item, at, capture);
    }
  }
}

/** A client that waits asks again and again: only the answer that ended its waiting is the same in every run. */
function isPassing({ method, path, status }: Recorded, later: readonly Recorded[]): boolean {
  return (
    method === 'GET' && later.some((next) => next.method === 'GET' && next.path === path && next.status !== status)
  );
}

function expectationOf(recorded: Recorded, values: unknown): Expectation {
  const { status, contentType } = recorded;
  if (values === undefined) return { status, contentType, base64: Buffer.concat(recorded.answer).toString('base64') };
  if (isWatch(recorded)) return { status, contentType, events: (values as readonly unknown[]).map(deriveEvent) };
  return { status, contentType, body: derive(values) };
}

function isJson({ contentType }: Recorded): boolean {
  return contentType.startsWith('application/json');
}

function isWatch({ path, status }: Recorded): boolean {
  return status === 200 && /[?&]watch=(?:true|1)(?:&|$)/.test(path);
}

function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
