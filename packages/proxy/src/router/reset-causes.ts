/** What the client is told when an attempt ends without a response: one table (Envoy's router and its response code details). */
import { type AttemptReset, ResponseFlag } from '@weft/engine';
import type { StreamResetKind } from '../http/codec.ts';

/** How one kind of reset shows. */
export interface ResetCause {
  /** For retry policies. */
  readonly attempt: AttemptReset;
  /** Bits of ResponseFlag. */
  readonly flags: number;
  readonly status: number;
  /** The words of the body and, with underscores, of the details. */
  readonly reason: string;
}

const CAUSES: Readonly<Record<StreamResetKind, ResetCause>> = {
  remoteReset: {
    attempt: 'remoteReset',
    flags: ResponseFlag.upstreamRemoteReset,
    status: 503,
    reason: 'remote reset',
  },
  remoteRefused: {
    attempt: 'refusedStream',
    flags: ResponseFlag.upstreamRemoteReset,
    status: 503,
    reason: 'remote refused stream reset',
  },
  localReset: { attempt: 'localReset', flags: ResponseFlag.localReset, status: 503, reason: 'local reset' },
  connectionClosed: {
    attempt: 'remoteReset',
    flags: ResponseFlag.upstreamConnectionTermination,
    status: 503,
    reason: 'connection termination',
  },
  connectionFailed: {
    attempt: 'connectFailure',
    flags: ResponseFlag.upstreamConnectionFailure,
    status: 503,
    reason: 'remote connection failure',
  },
  connectTimeout: {
    attempt: 'connectFailure',
    flags: ResponseFlag.upstreamConnectionFailure,
    status: 503,
    reason: 'connection timeout',
  },
  protocolError: {
    attempt: 'localReset',
    flags: ResponseFlag.upstreamProtocolError,
    status: 502,
    reason: 'protocol error',
  },
  overflow: { attempt: 'overflow', flags: ResponseFlag.upstreamOverflow, status: 503, reason: 'overflow' },
};

/** How a reset shows. */
export function causeOf(kind: StreamResetKind): ResetCause {
  return CAUSES[kind];
}

/** Words as they stand in response code details: no spaces. */
export function detailWords(text: string): string {
  return text.replaceAll(' ', '_');
}

/** What the system said of a connection that did not come up, as Envoy words it: its text without the name of the error. */
export function transportWords(details: string): string {
  const found = /^(.+) \(E[A-Z0-9]+\)$/.exec(details);
  if (found === null) return details;
  const text = found[1]!;
  return `delayed connect error: ${text[0]!.toUpperCase()}${text.slice(1)}`;
}
