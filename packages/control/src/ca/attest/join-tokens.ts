/** One-time tokens for what no API server vouches for: processes of a laptop cluster, and virtual machines at their first start. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, MeshError, ok, type Random, type Result, Secret } from '@weft/core';
import { type IdentityError, type SpiffeId, workloadSpiffeId } from '@weft/identity';
import type { Attestation, Authenticator } from './authenticator.ts';
import { bearerTokenOf } from './authenticator.ts';

/** Where tokens take time and chance from, and how many there may be. */
export interface JoinTokenOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trustDomain: string;
  /** Tokens that wait to be used; 10,000 unless given. */
  readonly maxTokens?: number;
  /** The longest that one waits; a day unless given. */
  readonly maxValidForMs?: number;
}

/** Whom a token is for, and for how long. */
export interface JoinTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly validForMs: number;
}

interface Waiting {
  readonly id: SpiffeId;
  readonly digest: Buffer;
  readonly untilMs: number;
}

/** Underscores keep the parts of a token apart, so that it is never taken for a JWT and sent to an API server. */
const PREFIX = 'weft-join_';
const NUMBER_BYTES = 12;
const SECRET_BYTES = 32;
const DEFAULT_MAX_TOKENS = 10_000;
const DEFAULT_MAX_VALID_MS = 86_400_000;
const NAME = 'join token';

/** Whether a token has the form of a join token, whatever it is worth. */
export function isJoinToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Makes tokens and takes each of them once. They are gone when the process ends. */
export class JoinTokens implements Authenticator {
  readonly name: string = NAME;
  readonly #options: JoinTokenOptions;
  /** Key: the number of a token, which is no secret. Sole writers: `issue`, `attest` and #dropEnded. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: JoinTokenOptions) {
    this.#options = options;
  }

  /** How many tokens wait to be used. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Makes a token; whoever shows it first becomes this workload. */
  issue(request: JoinTokenRequest): Result<Secret<string>, IdentityError> {
    const { clock, maxTokens = DEFAULT_MAX_TOKENS, maxValidForMs = DEFAULT_MAX_VALID_MS, random } = this.#options;
    const { validForMs } = request;
    if (!(validForMs > 0 && validForMs <= maxValidForMs)) {
      throw new MeshError('MESH_INVALID_ARGUMENT', `a join token cannot be valid for ${validForMs} ms`, {
        hint: `choose up to ${maxValidForMs} ms`,
      });
    }
    const id = workloadSpiffeId({ trustDomain: this.#options.trustDomain, ...request });
    if (id.kind === 'err') return id;
    if (this.#waiting.size >= maxTokens) this.#dropEnded();
    if (this.#waiting.size >= maxTokens) {
      throw new MeshError('MESH_OVERLOADED', `${maxTokens} join tokens wait to be used already`);
    }
    const number = Buffer.from(random.bytes(NUMBER_BYTES)).toString('hex');
    const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('hex');
    this.#waiting.set(number, { id: id.value, digest: digestOf(secret), untilMs: clock.now() + validForMs });
    return ok(new Secret(`${PREFIX}${number}_${secret}`));
  }

  /** Takes a token; it is used up even if nothing comes of it, or a thief could try again after its owner. */
  attest(caller: Parameters<Authenticator['attest']>[0]): Attestation {
    const token = bearerTokenOf(caller);
    if (token === undefined || !isJoinToken(token)) return { kind: 'none' };
    const [number = '', secret = ''] = token.slice(PREFIX.length).split('_');
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return { kind: 'refused', reason: 'the join token is not known, or was used before' };
    if (!timingSafeEqual(digestOf(secret), waiting.digest))
      return { kind: 'refused', reason: 'the join token is wrong' };
    this.#waiting.delete(number);
    if (waiting.untilMs <= this.#options.clock.now()) return { kind: 'refused', reason: 'the join token has expired' };
    return { kind: 'attested', identity: { id: waiting.id, by: NAME, pod: undefined } };
  }

  #dropEnded(): void {
    const nowMs = this.#options.clock.now();
    for (const [number, { untilMs }] of this.#waiting) if (untilMs <= nowMs) this.#waiting.delete(number);
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
