/** An API in memory without sockets, asked through its handler as the listener asks it. */
import type { TestContext } from 'node:test';
import { seededRandom } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import { ApiCore, type ApiResponse, bodyText, openStorage, type TokenIssuer } from '../../src/server/index.ts';

/** What `JSON.parse` gives: tests look into answers of every kind. */
type Parsed = ReturnType<typeof JSON.parse>;

/** One request of a test. */
export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificate user and groups; the owner of everything unless given. */
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly authorization?: string;
}

/** An answer, parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly contentType: string;
  readonly text: string;
  readonly json: Parsed;
}

/** A watch that is open. */
export interface OpenWatch {
  /** Events so far. */
  readonly events: Parsed[];
  readonly isClosed: () => boolean;
  close(): void;
}

/** The API under test. */
export interface TestApi {
  readonly core: ApiCore;
  readonly clock: FakeClock;
  ask(method: string, url: string, ask?: Ask): Promise<Answer>;
  watch(url: string): Promise<OpenWatch>;
}

const OWNER = { user: 'owner', groups: ['system:masters'] };

const noTokens: TokenIssuer = {
  url: 'https://kubernetes.default.svc',
  algorithms: ['ES256'],
  issue: () => {
    throw new Error('this test has no tokens');
  },
  checker: () => ({ name: 'none', check: () => ({ kind: 'none' }) }),
  jwks: () => ({ keys: [] }),
};

/** What a test may care about. */
export interface TestApiOptions {
  readonly issuer?: TokenIssuer;
  /** A folder; memory unless given. */
  readonly state?: string;
  /** The most that the folder's database may grow to. */
  readonly maxBytes?: number;
}

/** Starts an API; it ends with the test. */
export async function createTestApi(t: TestContext, options: TestApiOptions = {}): Promise<TestApi> {
  const clock = new FakeClock();
  const { logger: log } = captureLogger();
  const { issuer = noTokens, state = ':memory:', maxBytes } = options;
  const storage = await openStorage({ state, clock, log, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const core = new ApiCore({ storage, clock, random: seededRandom(1), log, version: 'test', caPem: 'CA', issuer });
  await core.start();
  t.after(async () => {
    await core.close();
    await storage.close();
  });
  return {
    core,
    clock,
    ask: async (method, url, ask = {}) => readAnswer(await send(core, method, url, ask)),
    watch: async (url) => openWatch(await send(core, 'GET', url, {})),
  };
}

function send(core: ApiCore, method: string, url: string, ask: Ask): Promise<ApiResponse> {
  const [path = '', query = ''] = url.split('?');
  const body = ask.body === undefined ? '' : typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body);
  const commonName = ask.user ?? OWNER.user;
  const organizations = ask.groups ?? (ask.user === undefined ? OWNER.groups : []);
  return core.handler.handle({
    method,
    path,
    query: new URLSearchParams(query),
    headers: { 'content-type': 'application/json', 'user-agent': 'tests/1.0', ...ask.headers },
    credentials: {
      authorization: ask.authorization,
      certificate: ask.authorization === undefined && commonName !== '' ? { commonName, organizations } : undefined,
    },
    readBody: async () => new TextEncoder().encode(body),
    signal: new AbortController().signal,
  });
}

function readAnswer(response: ApiResponse): Answer {
  if (response.kind === 'stream') throw new Error('expected an answer, got a stream');
  const text = bodyText(response.body);
  return {
    status: response.status,
    headers: response.headers ?? {},
    warnings: response.warnings ?? [],
    contentType: response.contentType,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

function openWatch(response: ApiResponse): OpenWatch {
  if (response.kind === 'body')
    throw new Error(`expected a stream, got ${response.status}: ${bodyText(response.body)}`);
  const events: unknown[] = [];
  let isClosed = false;
  let onClose = (): void => undefined;
  const close = (): void => {
    if (!isClosed) onClose();
    isClosed = true;
  };
  response.start({
    bufferedBytes: 0,
    write: (chunk) => {
      const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
      for (const line of text.split('\n')) if (line !== '') events.push(JSON.parse(line));
    },
    end: close,
    onClose: (handler) => {
      onClose = handler;
    },
  });
  return { events, isClosed: () => isClosed, close };
}
