import type { ClientStatus, TypeStatus } from '../ads-client.ts';
import type { SentResponse } from './answers.ts';
import type { StreamState } from './stream-state.ts';
import type { TypeState } from './type-state.ts';

/** What a status needs beside the state. */
export interface StatusOptions {
  readonly isBlocked: boolean;
  /** The wall-clock time at which the monotonic clock began: what the state knows is in times of the latter. */
  readonly startedAtMs: number;
}

/** The state of a stream as status pages show it. */
export function statusOf(state: StreamState, { isBlocked, startedAtMs }: StatusOptions): ClientStatus {
  return {
    pushedRevision: state.view?.revision ?? 0,
    runsRevision: state.runsRevision,
    isBlocked,
    types: state.types.map((type) => typeStatus(type, startedAtMs)),
  };
}

function typeStatus({ typeUrl, subscription, answers }: TypeState, startedAtMs: number): TypeStatus {
  const { sent, accepted, nack } = answers;
  const told = ({ version, nonce }: SentResponse, atMs: number) => ({ version, nonce, atMs: startedAtMs + atMs });
  return {
    typeUrl,
    interest: subscription,
    sent: sent && told(sent, sent.atMs),
    acked: accepted && told(accepted.response, accepted.atMs),
    nacked: nack && { ...nack, atMs: startedAtMs + nack.atMs },
    refused: answers.refused,
    state: sent === undefined ? 'notSent' : nack !== undefined ? 'error' : answers.isAnswered ? 'synced' : 'stale',
  };
}
