import type { StatusDetail } from '../../protocol/messages.ts';

/** A response that went out. */
export interface SentResponse {
  readonly nonce: string;
  /** The version of the type. */
  readonly version: string;
  /** The revision of the view that it was made from. */
  readonly revision: number;
  /** On the monotonic clock. */
  readonly atMs: number;
}

/** What a response told, as far as its answer needs it. */
export interface Told {
  readonly resources: readonly { readonly name: string }[];
  readonly removed: readonly string[];
  /** Whether it was everything that the client may have, so that it replaces whatever came before. */
  readonly isFull: boolean;
  /** Whether it had resources that the client did not have before. */
  readonly isAdding: boolean;
}

/** A response that was refused, and why. */
export interface Nack {
  readonly nonce: string;
  readonly version: string;
  readonly revision: number;
  readonly code: number;
  readonly message: string;
  /** The resources of the response that the message names, or all of them when it names none. */
  readonly names: readonly string[];
  /** When the refusal came: on the monotonic clock, in a status on the wall clock. */
  readonly atMs: number;
}

/** What a client answered to a response. */
export interface Answer {
  readonly response: SentResponse;
  /** Undefined for an acceptance. */
  readonly nack: Nack | undefined;
}

interface Outstanding {
  readonly response: SentResponse;
  readonly told: Told;
  /** Nobody waits for it any more. */
  isOverdue: boolean;
}

/** Responses to one client that may wait for an answer; beyond them the oldest is taken to be lost. */
const MAX_OUTSTANDING = 64;

/** What went out for one type on one stream, and what became of it. Pure but for the times that it is given. */
export class Answers {
  /** In the order of sending; written by `record`, `answer`. */
  #outstanding: Outstanding[] = [];
  /** Names whose newest version was refused; written by `answer`. */
  readonly #refused = new Set<string>();
  #nackedAtMs = 0;
  #isNackOverdue = false;
  #lastNonce = '';
  #sent: SentResponse | undefined;
  #accepted: SentResponse | undefined;
  #nack: Nack | undefined;
  #acceptedAtMs = 0;

  /** The nonce of the newest response; empty before the first one. */
  get lastNonce(): string {
    return this.#lastNonce;
  }

  get sent(): SentResponse | undefined {
    return this.#sent;
  }

  /** The newest response that was accepted, and when. */
  get accepted(): { readonly response: SentResponse; readonly atMs: number } | undefined {
    return this.#accepted && { response: this.#accepted, atMs: this.#acceptedAtMs };
  }

  /** The last refusal, as long as something of it is still refused. */
  get nack(): Nack | undefined {
    return this.#nack;
  }

  /** What of the newest versions is refused. */
  get refused(): ReadonlySet<string> {
    return this.#refused;
  }

  /** The view of the newest response that was answered; 0 before there is one. */
  get answeredRevision(): number {
    return Math.max(this.#accepted?.revision ?? 0, this.#nack?.revision ?? 0);
  }

  /** Whether everything that went out was answered. */
  get isAnswered(): boolean {
    return this.#outstanding.length === 0;
  }

  /** Whether what went out is in use, as far as it is worth waiting for that. */
  get isSettled(): boolean {
    return this.#outstanding.every(({ isOverdue }) => isOverdue) && (this.#nack === undefined || this.#isNackOverdue);
  }

  /** Whether a response with new resources waits for its answer. */
  get isAdding(): boolean {
    return this.#outstanding.some(({ isOverdue, told }) => told.isAdding && !isOverdue);
  }

  /** Since when something is waited for. */
  get waitingSinceMs(): number | undefined {
    const first = this.#outstanding.find(({ isOverdue }) => !isOverdue);
    if (first !== undefined) return first.response.atMs;
    return this.#nack === undefined || this.#isNackOverdue ? undefined : this.#nackedAtMs;
  }

  /** Says that a response goes out. */
  record(response: SentResponse, told: Told): void {
    this.#lastNonce = response.nonce;
    this.#sent = response;
    this.#outstanding.push({ response, told, isOverdue: false });
    if (this.#outstanding.length > MAX_OUTSTANDING) this.#outstanding.shift();
  }

  /** Takes an answer; undefined when its nonce is of no response that waits. An answer is one to all responses before it too. */
  answer(nonce: string, detail: StatusDetail | undefined, nowMs: number): Answer | undefined {
    const index = this.#outstanding.findIndex(({ response }) => response.nonce === nonce);
    const entry = this.#outstanding[index];
    if (entry === undefined) return undefined;
    this.#outstanding = this.#outstanding.slice(index + 1);
    const { response } = entry;
    if (detail === undefined) {
      this.#accept(entry, nowMs);
      return { response, nack: undefined };
    }
    return { response, nack: this.#refuse(entry, detail, nowMs) };
  }

  /** Gives up waiting for what went out, or was refused, at that time or before. */
  expire(beforeMs: number): void {
    for (const entry of this.#outstanding) if (entry.response.atMs <= beforeMs) entry.isOverdue = true;
    if (this.#nack !== undefined && this.#nackedAtMs <= beforeMs) this.#isNackOverdue = true;
  }

  #accept({ response, told }: Outstanding, nowMs: number): void {
    this.#accepted = response;
    this.#acceptedAtMs = nowMs;
    if (this.#nack === undefined) return;
    if (told.isFull) this.#refused.clear();
    for (const { name } of told.resources) this.#refused.delete(name);
    for (const name of told.removed) this.#refused.delete(name);
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  #refuse({ response, told }: Outstanding, { code, message }: StatusDetail, nowMs: number): Nack {
    const { nonce, version, revision } = response;
    const names = refusedNames(message, told);
    if (told.isFull) this.#refused.clear();
    for (const name of names) this.#refused.add(name);
    this.#nack = { nonce, version, revision, code, message, names, atMs: nowMs };
    this.#nackedAtMs = nowMs;
    this.#isNackOverdue = false;
    return this.#nack;
  }
}

/** How the client of gRPC in JavaScript tells which resource it refuses. */
const RESOURCE_INDEX = /\bresource index (\d+)/g;

/**
 * Clients take what is good in a response and refuse it for the rest. Only their words tell which that is: most have its name, some its
 * place in the response.
 */
function refusedNames(message: string, { resources }: Told): readonly string[] {
  const indexes = new Set([...message.matchAll(RESOURCE_INDEX)].map(([, index]) => Number(index)));
  const all = resources.map(({ name }) => name);
  const named = all.filter((name, index) => indexes.has(index) || isNamed(message, name));
  return named.length === 0 ? all : named;
}

/** Whether a name stands in a text on its own, not as a part of a longer one. */
function isNamed(message: string, name: string): boolean {
  if (name === '') return false;
  for (let at = message.indexOf(name); at !== -1; at = message.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (!isNamePart(message, at - 1, -1) && !isNamePart(message, end, 1)) return true;
  }
  return false;
}

/** Whether a name goes on at that place; a dot is a part of one only between others, since sentences end in dots too. */
function isNamePart(message: string, at: number, step: 1 | -1): boolean {
  const char = message[at] === '.' ? message[at + step] : message[at];
  return char !== undefined && /[\w|-]/.test(char);
}
