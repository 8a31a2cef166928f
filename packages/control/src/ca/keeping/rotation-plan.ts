/**
 * When a root that the mesh made itself is replaced, and in which steps. Every replica decides by the same facts, and who acts first wins:
 *
 *   steady ── life nearly over, or asked for ──▶ announced ── everybody trusts the new root ──▶ steady, old root retiring
 *
 * While a root is announced the old one goes on signing, and both are trusted. A retiring root is trusted until nothing that it signed can
 * be valid any more.
 */
import type { X509Certificate } from 'node:crypto';

/** The times that decide about a rotation. */
export interface RotationPolicy {
  /** The share of its life that a root has left when its successor is announced, such as 0.2. */
  readonly renewAtLeft: number;
  /** A new root is known for at least this long before it signs: what reads bundles from mounted files is told late. */
  readonly minAnnounceMs: number;
  /** How long an old root is trusted after it signed last: the longest life of a leaf. */
  readonly retainMs: number;
}

/** A root that signs no more. */
export interface RetiringRoot {
  readonly fingerprint: string;
  readonly untilMs: number;
}

/** Where a rotation stands. */
export interface RotationFacts {
  readonly nowMs: number;
  readonly current: X509Certificate;
  /** When a successor was announced; undefined when there is none. */
  readonly announcedAtMs: number | undefined;
  readonly retiring: readonly RetiringRoot[];
  /** Somebody asked for a rotation. */
  readonly isAskedFor: boolean;
  /** All proxies have the successor among their roots. */
  readonly isDistributed: boolean;
}

/** What is to be done next. */
export type RotationStep =
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Waits for proxies. */
  | { readonly kind: 'distribute' }
  | { readonly kind: 'announce'; readonly reason: string }
  | { readonly kind: 'switch'; readonly reason: string }
  | { readonly kind: 'retire'; readonly fingerprints: readonly string[] };

/** The next step. */
export function nextRotationStep(facts: RotationFacts, policy: RotationPolicy): RotationStep {
  const { announcedAtMs, current, nowMs } = facts;
  const due = facts.retiring.filter(({ untilMs }) => untilMs <= nowMs);
  if (due.length > 0) return { kind: 'retire', fingerprints: due.map(({ fingerprint }) => fingerprint) };
  const endMs = current.validToDate.getTime();
  if (announcedAtMs === undefined) {
    const renewMs = endMs - (endMs - current.validFromDate.getTime()) * policy.renewAtLeft;
    if (facts.isAskedFor) return { kind: 'announce', reason: 'a rotation was asked for' };
    if (nowMs >= renewMs) return { kind: 'announce', reason: `the root ends at ${current.validToDate.toISOString()}` };
    return { kind: 'wait', untilMs: Math.min(renewMs, ...facts.retiring.map(({ untilMs }) => untilMs)) };
  }
  // Nothing that it signs is believed any more, so there is nothing left to break.
  if (nowMs >= endMs) return { kind: 'switch', reason: 'the old root has ended' };
  const readyMs = announcedAtMs + policy.minAnnounceMs;
  if (nowMs < readyMs) return { kind: 'wait', untilMs: Math.min(readyMs, endMs) };
  return facts.isDistributed ? { kind: 'switch', reason: 'all proxies know the new root' } : { kind: 'distribute' };
}
