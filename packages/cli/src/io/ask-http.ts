/** Asks the interfaces for operators: of a proxy, or of a control plane. */
import { describeError, MeshError, parseJson, UserError, withDeadline } from '@weft/core';
import type { CliContext } from '../framework/context.ts';

/** What is asked, and of whom. */
export interface Question {
  /** Such as `http://127.0.0.1:15000`. */
  readonly base: string;
  /** With its query. */
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  /** Says in messages who is asked, such as `the proxy`. */
  readonly who: string;
  /** Says what to do when nobody answers. */
  readonly hint: string;
}

const TIMEOUT_MS = 30_000;
/** Larger answers are refused rather than held in memory. */
const MAX_BYTES = 512 * 1024 * 1024;

/** The text of an answer; throws when there is none, or one that is not 200. */
export async function askText(question: Question, context: CliContext): Promise<string> {
  const { path, method = 'GET', who, hint } = question;
  const url = addressOf(question);
  const { clock, signal } = context;
  return withDeadline(clock, TIMEOUT_MS, { what: `GET ${url.href}`, signal }, async (abort) => {
    let response: Response;
    try {
      response = await fetch(url, { method, signal: abort, redirect: 'error', headers: { connection: 'close' } });
    } catch (thrown) {
      abort.throwIfAborted();
      const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
      throw new MeshError('MESH_CONNECT', `cannot reach ${who} at ${url.origin}: ${describeError(cause)}`, { hint });
    }
    const text = await readBody(response, url.href);
    if (response.status === 200) return text;
    const said = text.trim().split('\n', 1)[0] ?? '';
    throw new MeshError('MESH_PROTOCOL', `${who} answers ${path} with ${response.status}: ${said}`, {
      source: 'upstream',
    });
  });
}

/** The value of an answer in JSON. */
export async function askJson(question: Question, context: CliContext): Promise<unknown> {
  const text = await askText(question, context);
  const parsed = parseJson(text);
  if (parsed.kind === 'ok') return parsed.value;
  const url = addressOf(question).href;
  throw new MeshError('MESH_PROTOCOL', `${url} does not answer in JSON: ${parsed.error.message}`, {
    source: 'upstream',
  });
}

function addressOf({ base, path }: Question): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`${JSON.stringify(base)} is not the address of an interface`, {
      hint: 'write it as http://HOST:PORT',
    });
  }
  return new URL(path, url);
}

async function readBody({ body }: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new MeshError('MESH_OVERLOADED', `${what} answers with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
