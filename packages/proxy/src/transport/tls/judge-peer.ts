/** Whether the peer of a TLS handshake is who it should be. */
import type { X509Certificate } from 'node:crypto';
import { leadsTo, parseCertificates } from './trust-anchors.ts';

/** What is wrong with a peer's certificate: none, its chain, its names, or that it is not the one that is pinned. */
export type RefusalKind = 'noCertificate' | 'chain' | 'san' | 'pin';

/** Why a peer is not let in. */
export interface PeerRefusal {
  readonly kind: RefusalKind;
  readonly reason: string;
}

/** What is wrong with a peer's certificate beyond what OpenSSL has checked; undefined when nothing is. */
export type PeerCheck = (peer: X509Certificate) => PeerRefusal | undefined;

/** How peers are verified. */
export interface PeerPolicy {
  /** Authorities, PEM; none are trusted without. */
  readonly trustedCas: readonly (string | Buffer)[];
  /** Revocation lists, PEM. */
  readonly crls: readonly (string | Buffer)[];
  /** Whether the chain has to verify; otherwise `check` alone decides. */
  readonly verifiesChain: boolean;
  /** Whether certificates are known one by one: `check` says who is who then. */
  readonly isPinned: boolean;
  /** Whether a peer whose certificate does not verify is let in all the same (ACCEPT_UNTRUSTED). */
  readonly acceptsUntrusted: boolean;
  /** Whether clients without a certificate are refused: nobody else could be one of those that are named (as in Envoy). */
  readonly isNeeded: boolean;
  /** Whether expired certificates are valid. */
  readonly allowsExpired: boolean;
  readonly check: PeerCheck | undefined;
  /** The check for peers that must have this name, in place of the names that are configured. */
  readonly checkFor: (name: string) => PeerCheck;
}

/** What is thought of a peer. */
export interface Verdict {
  /** Undefined for one that is let in. */
  readonly refusal: PeerRefusal | undefined;
  /** Whether its certificate was verified. */
  readonly isValidated: boolean;
}

/** OpenSSL's names for a certificate that is out of its time. */
const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Judges a peer that sent a certificate. `error` is what OpenSSL says of its chain, if anything. */
export function judgePeer(policy: PeerPolicy, peer: X509Certificate, error: string | undefined): Verdict {
  const wrong = findWrong(policy, peer, error);
  return {
    refusal: policy.acceptsUntrusted ? undefined : wrong,
    isValidated: wrong === undefined && (policy.verifiesChain || policy.isPinned),
  };
}

function findWrong(policy: PeerPolicy, peer: X509Certificate, error: string | undefined): PeerRefusal | undefined {
  if (policy.verifiesChain && error !== undefined && !isExcused(policy, peer, error)) {
    return { kind: 'chain', reason: error };
  }
  return policy.check?.(peer);
}

/** OpenSSL reports the last of the errors that it finds: behind one about time may be that nobody trusted has signed. */
function isExcused({ allowsExpired, trustedCas }: PeerPolicy, peer: X509Certificate, error: string): boolean {
  if (!allowsExpired || !EXPIRED.has(error)) return false;
  return leadsTo(
    peer,
    trustedCas.flatMap((pem) => parseCertificates(pem.toString())),
  );
}
