/** Sends the requests of a corpus to a server and tells where the answers differ. */
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { sleep, systemClock } from '@weft/core';
import { eventually } from '@weft/testkit';
import type { RawApi, RawStream } from '../support/raw-api.ts';
import type { CorpusExchange, CorpusRequest, Expectation } from './format.ts';
import { mismatch } from './pattern.ts';

/** Controllers work beside the requests: what a client would ask again for is asked again for so long. */
const SETTLED_MS = 2000;
const RETRY_MS = 20;

interface OpenWatch {
  readonly told: string;
  readonly expected: NonNullable<Expectation['events']>;
  readonly events: unknown[];
  readonly stream: RawStream['stream'];
}

/** One run of a corpus; steps build on each other. */
export class Replay {
  private readonly api: RawApi;
  /** Name to the value that stands for `{{name}}`. */
  private readonly values = new Map<string, string>();

  constructor(api: RawApi) {
    this.api = api;
  }

  /** Sends the requests of one command in order; returns what was not as expected, in words. */
  async step(exchanges: readonly CorpusExchange[]): Promise<readonly string[]> {
    const failures: string[] = [];
    const watches: OpenWatch[] = [];
    for (const { request, expect, capture } of exchanges) {
      const told = `${request.method} ${request.path}`;
      try {
        if (expect.events !== undefined) watches.push(await this.watch(request, expect, told));
        else await this.exchange(request, expect, capture);
      } catch (error) {
        failures.push(`${told}: ${(error as Error).message}`);
      }
    }
    for (const watch of watches) failures.push(...(await finish(watch)));
    return failures;
  }

  private async exchange(
    request: CorpusRequest,
    expect: Expectation,
    capture: CorpusExchange['capture'],
  ): Promise<void> {
    const attempt = async (): Promise<string | undefined> => {
      const answer = await this.send(request);
      const problem = compare(expect, answer);
      if (problem !== undefined) return problem;
      for (const [name, pointer] of Object.entries(capture)) this.values.set(name, at(answer.json, pointer));
      return undefined;
    };
    let problem = await attempt();
    const untilMs = systemClock.monotonic() + SETTLED_MS;
    while (problem !== undefined && request.method === 'GET' && systemClock.monotonic() < untilMs) {
      await sleep(systemClock, RETRY_MS);
      problem = await attempt();
    }
    if (problem !== undefined) throw new Error(problem);
  }

  private async send(request: CorpusRequest): Promise<Answer> {
    const { status, headers, body } = await this.api.send(this.fill(request));
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const contentType = headers['content-type'] ?? '';
    const isJson = contentType.startsWith('application/json');
    return { status, contentType, bytes, json: isJson ? (JSON.parse(bytes.toString()) as unknown) : undefined };
  }

  private async watch(request: CorpusRequest, expect: Expectation, told: string): Promise<OpenWatch> {
    const { status, headers, stream } = await this.api.open(this.fill(request));
    const problem = compareHead(expect, { status, contentType: headers['content-type'] ?? '' });
    if (problem !== undefined) {
      stream.destroy();
      throw new Error(problem);
    }
    const events: unknown[] = [];
    createInterface({ input: stream }).on('line', (line) => events.push(JSON.parse(line)));
    stream.on('error', () => undefined);
    return { told, expected: expect.events ?? [], events, stream };
  }

  private fill({ method, path, headers, body }: CorpusRequest) {
    const sent = { method, path: this.resolve(path), headers: { ...headers, 'accept-encoding': 'gzip' } };
    if (body === undefined) return sent;
    if ('base64' in body) return { ...sent, body: Buffer.from(body.base64, 'base64') };
    return { ...sent, body: this.resolve('text' in body ? body.text : JSON.stringify(body.json)) };
  }

  private resolve(text: string): string {
    return text.replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
      const value = this.values.get(name);
      if (value === undefined) throw new Error(`the answer that has ${name} was not as expected`);
      return value;
    });
  }
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly json: unknown;
}

function compare(expect: Expectation, answer: Answer): string | undefined {
  const head = compareHead(expect, answer);
  if (head !== undefined) return `${head}; ${answer.bytes.toString().slice(0, 500)}`;
  if (expect.base64 !== undefined && expect.base64 !== answer.bytes.toString('base64')) {
    return `the answer is ${JSON.stringify(answer.bytes.toString())}`;
  }
  return expect.body === undefined ? undefined : mismatch(expect.body, answer.json);
}

function compareHead(
  expect: Expectation,
  { status, contentType }: Pick<Answer, 'status' | 'contentType'>,
): string | undefined {
  if (status !== expect.status) return `answered ${status}, not ${expect.status}`;
  return contentType === expect.contentType
    ? undefined
    : `the content type is ${contentType}, not ${expect.contentType}`;
}

async function finish({ told, expected, events, stream }: OpenWatch): Promise<readonly string[]> {
  try {
    await eventually(() => events.length >= expected.length, { withinMs: SETTLED_MS });
  } catch {
    // Said below, with what is missing.
  } finally {
    stream.destroy();
  }
  const problem = mismatch(expected, events);
  return problem === undefined ? [] : [`${told}: ${problem}`];
}

function at(json: unknown, pointer: string): string {
  const parts = pointer.split('/').slice(1);
  const value = parts.reduce<unknown>(
    (node, part) => (node as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
    json,
  );
  if (typeof value !== 'string') throw new Error(`the answer has no text at ${pointer}`);
  return value;
}
