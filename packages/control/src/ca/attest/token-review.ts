/** Service-account tokens: the API server is asked whose they are. */
import { createHash } from 'node:crypto';
import { kubernetes } from '@weft/api';
import { type Clock, describeError, withDeadline } from '@weft/core';
import { workloadSpiffeId } from '@weft/identity';
import type { KubeClient } from '@weft/kube/client';
import { type Attestation, type AttestedPod, type Authenticator, bearerTokenOf, type Caller } from './authenticator.ts';
import { isJoinToken } from './join-tokens.ts';

/** Asks an API server about a token; the answer is believed only as far as it was checked. */
export type ReviewToken = (
  spec: { readonly token: string; readonly audiences: readonly string[] },
  signal: AbortSignal,
) => Promise<unknown>;

/** How tokens are reviewed. */
export interface TokenReviewOptions {
  readonly clock: Clock;
  readonly review: ReviewToken;
  readonly trustDomain: string;
  /** A token must have been made for one of these; `istio-ca` unless given. */
  readonly audiences?: readonly string[];
  /** How long one question may take; 5 s unless given. */
  readonly timeoutMs?: number;
  /** Questions under way at a time; more are refused. 100 unless given. */
  readonly maxPending?: number;
}

/** The audience of tokens that proxies are given for this. */
export const CA_AUDIENCE = 'istio-ca';

const NAME = 'service-account token';
const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_PENDING = 100;
/** A client that calls again at once, or over several connections, is not worth another question. */
const GOOD_FOR_MS = 30_000;
/** A token may become good, such as when the cache of the API server learns of its account. */
const BAD_FOR_MS = 2_000;
const MAX_CACHED = 10_000;

interface Cached {
  readonly attestation: Attestation;
  readonly untilMs: number;
}

/** See the file's head. */
export class TokenReviewAuthenticator implements Authenticator {
  readonly name: string = NAME;
  readonly #options: TokenReviewOptions;
  /** Key: digest of a token, so that none is kept. Sole writer: #remember. */
  readonly #cache = new Map<string, Cached>();
  /** Key: digest of a token that is being asked about. Sole writer: `attest`. */
  readonly #pending = new Map<string, Promise<Attestation>>();

  constructor(options: TokenReviewOptions) {
    this.#options = options;
  }

  async attest(caller: Caller): Promise<Attestation> {
    const token = bearerTokenOf(caller);
    if (token === undefined || isJoinToken(token)) return { kind: 'none' };
    // The API server need not hear of what is no token at all.
    if (token.split('.').length !== 3) return { kind: 'refused', reason: 'the token is no JWT' };
    const key = createHash('sha256').update(token).digest('base64');
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.untilMs > this.#options.clock.monotonic()) return cached.attestation;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= (this.#options.maxPending ?? DEFAULT_MAX_PENDING)) {
      return { kind: 'refused', reason: `${this.#pending.size} tokens are being reviewed already` };
    }
    // Not ended with the caller: others may wait for the same answer.
    const asked = this.#ask(token, key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  async #ask(token: string, key: string): Promise<Attestation> {
    const { audiences = [CA_AUDIENCE], clock, review, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    let answer: unknown;
    try {
      answer = await withDeadline(clock, timeoutMs, { what: 'the review of a token' }, (signal) =>
        review({ token, audiences }, signal),
      );
    } catch (thrown: unknown) {
      // No answer says nothing about the token, so it is not remembered.
      return { kind: 'refused', reason: `the API server could not be asked: ${describeError(thrown)}` };
    }
    const attestation = this.#read(answer, audiences);
    this.#remember(key, attestation);
    return attestation;
  }

  /** Reads an answer with suspicion: every part of it that matters must be there and have its form. */
  #read(answer: unknown, audiences: readonly string[]): Attestation {
    const refused = (reason: string): Attestation => ({ kind: 'refused', reason });
    const { status } = asObject(answer);
    const { authenticated, error, user, audiences: given } = asObject(status);
    if (authenticated !== true) {
      const why =
        typeof error === 'string' && error !== '' ? error.slice(0, 500) : 'the API server does not know the token';
      return refused(why);
    }
    // Servers that know nothing of audiences leave them out, and have not checked them.
    if (!asStrings(given).some((audience) => audiences.includes(audience))) {
      return refused(`the token is not for ${audiences.join(' or ')}`);
    }
    const { username, groups, extra } = asObject(user);
    if (!asStrings(groups).includes('system:serviceaccounts'))
      return refused(`${show(username)} is no service account`);
    const [system, kind, namespace = '', serviceAccount = '', more] = String(username).split(':');
    if (system !== 'system' || kind !== 'serviceaccount' || more !== undefined) {
      return refused(`${show(username)} is not the name of a service account`);
    }
    const id = workloadSpiffeId({ trustDomain: this.#options.trustDomain, namespace, serviceAccount });
    if (id.kind === 'err') return refused(id.error.message);
    return { kind: 'attested', identity: { id: id.value, by: NAME, pod: podOf(extra) } };
  }

  #remember(key: string, attestation: Attestation): void {
    if (this.#cache.size >= MAX_CACHED) {
      const [oldest] = this.#cache.keys();
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    const forMs = attestation.kind === 'attested' ? GOOD_FOR_MS : BAD_FOR_MS;
    this.#cache.delete(key);
    this.#cache.set(key, { attestation, untilMs: this.#options.clock.monotonic() + forMs });
  }
}

/** Asks the API server of a client. */
export function reviewWith(client: KubeClient): ReviewToken {
  const reviews = client.resource(kubernetes.authentication.tokenReview);
  return ({ token, audiences }, signal) =>
    reviews.create({ metadata: { name: '' }, spec: { token, audiences: [...audiences] } }, { signal });
}

function podOf(extra: unknown): AttestedPod | undefined {
  const fields = asObject(extra);
  const [name] = asStrings(fields['authentication.kubernetes.io/pod-name']);
  const [uid] = asStrings(fields['authentication.kubernetes.io/pod-uid']);
  return name === undefined || uid === undefined ? undefined : { name, uid };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asStrings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function show(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100));
}
