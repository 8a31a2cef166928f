/** Asks a server the questions of a case. */
import { randomBytes } from 'node:crypto';
import { sleep, systemClock } from '@weft/core';
import type { RawAnswer, RawApi, RawRequest, RawStream } from '../support/raw-api.ts';
import { type OracleCase, SPACE, type Step } from './case.ts';
import { Normalizer } from './normalize.ts';

/** An answer, in a form that is the same for two servers that mean the same. */
export interface Answer {
  readonly status: number;
  /** Headers that tell a client something. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or the text of an answer that is none; absent for an empty one. */
  readonly body?: unknown;
  /** What a watch told. */
  readonly events?: readonly unknown[];
}

const HEADERS = ['content-type', 'warning', 'retry-after', 'location', 'www-authenticate'];
const PATIENCE_MS = 10_000;
const RETRY_MS = 25;
const WATCH_MS = 3000;
const WATCH = /[?&]watch=(?:true|1)\b|^\/api\/v1\/watch\//;
const AGENT = { 'user-agent': 'oracle/1' };

/** The answers to the steps of a case, in order; the namespace is made first and removed afterwards. */
export async function runCase(api: RawApi, { steps }: OracleCase): Promise<readonly Answer[]> {
  const namespace = `o-${randomBytes(3).toString('hex')}`;
  await createNamespace(api, namespace);
  const run = new CaseRun(api, namespace);
  const answers: Answer[] = [];
  for (const step of steps) answers.push(await run.step(step));
  for (const made of namespacesOf(steps)) await removeNamespace(api, made.replace('{ns}', namespace));
  return answers;
}

/** The namespace of the case, and those that the case makes. */
function namespacesOf(steps: readonly Step[]): readonly string[] {
  const made = steps.filter(({ method, path }) => method === 'POST' && path === '/api/v1/namespaces');
  const names = made.map(({ body }) => (body as { metadata: { name: string } }).metadata.name);
  return ['{ns}', ...names.filter((name) => name.startsWith('{ns}'))];
}

async function createNamespace(api: RawApi, name: string): Promise<void> {
  const { status, body } = await send(api, 'POST', '/api/v1/namespaces', { metadata: { name } });
  if (status !== 201) throw new Error(`the namespace of a case was answered ${status}: ${body.toString()}`);
}

/** No controller may be there to empty it; what is left in it is of no interest to anybody. */
async function removeNamespace(api: RawApi, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await send(api, 'DELETE', path);
  await send(api, 'PUT', `${path}/finalize`, { metadata: { name }, spec: { finalizers: [] } });
}

function send(api: RawApi, method: string, path: string, body?: unknown): Promise<RawAnswer> {
  const headers = { 'content-type': 'application/json' };
  return api.send({ method, path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

class CaseRun {
  private readonly api: RawApi;
  private readonly namespace: string;
  private readonly normalizer: Normalizer;
  /** Bodies of the answers so far. */
  private readonly bodies: unknown[] = [];

  constructor(api: RawApi, namespace: string) {
    this.api = api;
    this.namespace = namespace;
    this.normalizer = new Normalizer(namespace);
  }

  async step(step: Step): Promise<Answer> {
    const request = this.requestOf(step);
    this.normalizer.nextStep();
    if (WATCH.test(request.path)) return this.watch(request, step.events ?? 1);
    // Who says something else of itself must not be known by its connection.
    const api = request.headers?.['authorization'] === undefined ? this.api : this.api.stranger;
    let answer = await api.send(request);
    const untilMs = systemClock.monotonic() + PATIENCE_MS;
    while (step.until !== undefined && answer.status !== step.until && systemClock.monotonic() < untilMs) {
      await sleep(systemClock, RETRY_MS);
      answer = await api.send(request);
    }
    const body = bodyOf(answer);
    this.bodies.push(body);
    return this.normalized(answer, body === undefined || step.pick === undefined ? body : step.pick(body as never));
  }

  private requestOf({ method, path, headers, body }: Step): RawRequest {
    const filled = Object.entries(headers ?? {}).map(([name, value]) => [name, this.fill(value)]);
    const typed = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = { method, path: this.fill(path), headers: { ...AGENT, ...typed, ...Object.fromEntries(filled) } };
    if (body === undefined) return request;
    if (body instanceof Uint8Array) return { ...request, body: this.fillBytes(body) };
    return { ...request, body: this.fill(typeof body === 'string' ? body : JSON.stringify(body)) };
  }

  private fill(text: string): string {
    return text
      .replaceAll('{ns}', this.namespace)
      .replaceAll(/\{(\d+)((?:\/[\w.~-]+)+)\}/g, (_, index, pointer) => at(this.bodies[Number(index)], pointer))
      .replaceAll(/\{(\d+)\.(uid|rv|listRv|continue|token)\}/g, (_, index, what) => this.told(Number(index), what));
  }

  private fillBytes(bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes).toString('latin1');
    return Buffer.from(text.replaceAll(SPACE, this.namespace), 'latin1');
  }

  private told(index: number, what: string): string {
    const body = this.bodies[index] as Record<string, Record<string, string> | undefined> | undefined;
    const { metadata, status } = body ?? {};
    if (what === 'token') return status?.['token'] ?? '';
    if (what === 'uid' || what === 'continue') return metadata?.[what] ?? '';
    return metadata?.['resourceVersion'] ?? '';
  }

  private normalized({ status, headers }: Pick<RawAnswer, 'status' | 'headers'>, body: unknown): Answer {
    const told = HEADERS.filter((name) => headers[name] !== undefined).map((name) => [
      name,
      this.normalizer.text(String(headers[name])),
    ]);
    const answer = { status, headers: Object.fromEntries(told) as Record<string, string> };
    return body === undefined ? answer : { ...answer, body: this.normalizer.json(body) };
  }

  private async watch(request: RawRequest, count: number): Promise<Answer> {
    const { status, headers, stream } = await this.api.open(request);
    if (status !== 200) {
      const body = bodyOf({ status, headers, body: Buffer.concat(await stream.toArray()) });
      this.bodies.push(body);
      return this.normalized({ status, headers }, body);
    }
    const lines = await readLines(stream, count);
    const events = lines.map((line) => JSON.parse(line) as unknown);
    this.bodies.push(events);
    return { ...this.normalized({ status, headers }, undefined), events: events.map((e) => this.normalizer.json(e)) };
  }
}

/** So many lines of a stream, or what came until its end. */
function readLines(stream: RawStream['stream'], count: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    let text = '';
    const lines = (): string[] => text.split('\n').filter((line) => line !== '');
    const finish = (): void => {
      timer.cancel();
      stream.destroy();
      resolve(lines().slice(0, count));
    };
    const timer = systemClock.setTimer(WATCH_MS, finish);
    stream.on('error', finish);
    stream.on('end', finish);
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n') && lines().length >= count) finish();
    });
  });
}

/** The text at a JSON pointer; empty where there is none, as after another answer than was recorded. */
function at(body: unknown, pointer: string): string {
  let value = body;
  for (const part of pointer.split('/').slice(1)) {
    value = (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return typeof value === 'string' ? value : '';
}

function bodyOf({ headers, body }: RawAnswer): unknown {
  if (body.length === 0) return undefined;
  const text = body.toString();
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return text;
  return JSON.parse(text) as unknown;
}
