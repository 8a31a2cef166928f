/** Clients that create, change and delete, and write down what was confirmed to them. */
import type { Random } from '@weft/core';
import type { RawApi, RawRequest } from '../support/raw-api.ts';
import type { Ledger, Seen } from './ledger.ts';
import { bodyOf, deleteRequest, patchRequest, putRequest, read, seenOf } from './objects.ts';

/** What the writers share. */
export interface WriterParts {
  readonly api: RawApi;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly counter: Counter;
}

/** An object that all writers increment, each time only if nobody else did meanwhile. */
export interface Counter {
  /** Increments that were confirmed. */
  confirmed: number;
  /** Increments that were sent and not answered. */
  unanswered: number;
}

/** Name of the counter's object. */
export const COUNTER = 'counter';

const NAMES = 12;
/** Now and then a value is large, so that a kill falls into a long commit. */
const LARGE = 'x'.repeat(200_000);

/** Writes until the connection breaks. */
export async function writeUntilCut(parts: WriterParts, writer: number): Promise<void> {
  for (let step = 0; ; step++) {
    const isDone = step % 5 === 4 ? await increment(parts) : await writeOwn(parts, writer, step);
    if (!isDone) return;
  }
}

async function writeOwn({ api, ledger, random }: WriterParts, writer: number, step: number): Promise<boolean> {
  const name = `w${writer}-${random.int(NAMES)}`;
  const before = ledger.confirmed(name);
  if (before !== undefined && random.int(4) === 0) {
    ledger.send(name, { kind: 'delete' });
    const request = deleteRequest(before);
    const answer = await answerOf<unknown>(api, request);
    if (answer !== undefined) ledger.confirmDelete(name);
    return answer !== undefined;
  }
  const value = `${writer}-${step}-${random.int(1e9)}${random.int(20) === 0 ? LARGE : ''}`;
  ledger.send(name, { kind: 'put', value });
  const isPatch = before !== undefined && random.int(3) === 0;
  const seen = await put(api, isPatch ? patchRequest(name, value) : putRequest(name, value, before));
  if (seen !== undefined) ledger.confirmPut(seen);
  return seen !== undefined;
}

async function increment({ api, ledger, counter }: WriterParts): Promise<boolean> {
  const before = await read(api, COUNTER).catch((error: unknown) => notCut(error));
  if (before === undefined) return false;
  const request = putRequest(COUNTER, String(Number(before.value) + 1), before);
  counter.unanswered++;
  const answer = await api.send(request).catch((error: unknown) => notCut(error));
  if (answer === undefined) return false;
  counter.unanswered--;
  // Somebody else was faster.
  if (answer.status === 409) return true;
  ledger.note(seenOf(bodyOf(answer, request)).revision);
  counter.confirmed++;
  return true;
}

async function put(api: RawApi, request: RawRequest): Promise<Seen | undefined> {
  const object = await answerOf<Parameters<typeof seenOf>[0]>(api, request);
  return object === undefined ? undefined : seenOf(object);
}

/** The answer to a write, which must be a success, or undefined when the connection broke before it was complete. */
async function answerOf<T>(api: RawApi, request: RawRequest): Promise<T | undefined> {
  const answer = await api.send(request).catch((error: unknown) => notCut(error));
  return answer === undefined ? undefined : bodyOf<T>(answer, request);
}

const CUT: ReadonlySet<string | undefined> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Lets pass what a killed server does to its clients. */
function notCut(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (!CUT.has(code)) throw error;
  return undefined;
}
