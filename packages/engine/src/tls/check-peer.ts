import { asciiLower } from '../match/ascii.ts';
import type { SanMatcherRuntime, SanType, ValidationRuntime } from './validation.ts';

/** What is read of a peer's certificate to check it. */
export interface PeerFacts {
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  readonly ipSans: readonly string[];
  readonly emailSans: readonly string[];
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly sha256Fingerprint: string;
  /** SHA-256 of the public key, base64. */
  readonly spkiHash: string;
}

/** What is wrong with a certificate whose chain has been verified; undefined when nothing is. */
export function checkPeer(
  { certificateHashes, spkiHashes, sans }: ValidationRuntime,
  peer: PeerFacts,
): string | undefined {
  if (sans.length > 0 && !sans.some((san) => matchesSan(san, peer))) {
    return `no subject alternative name of the certificate matches: ${describeNames(peer)}`;
  }
  if (certificateHashes.length === 0 && spkiHashes.length === 0) return undefined;
  const isPinned = certificateHashes.includes(peer.sha256Fingerprint) || spkiHashes.includes(peer.spkiHash);
  return isPinned
    ? undefined
    : `the certificate is none of those that are pinned: its SHA-256 is ${peer.sha256Fingerprint}`;
}

const TYPES: readonly SanType[] = ['uri', 'dns', 'ip', 'email'];

function namesOf(peer: PeerFacts, type: SanType): readonly string[] {
  switch (type) {
    case 'uri':
      return peer.uriSans;
    case 'dns':
      return peer.dnsSans;
    case 'ip':
      return peer.ipSans;
    case 'email':
      return peer.emailSans;
  }
}

function matchesSan({ type, matcher, exact }: SanMatcherRuntime, peer: PeerFacts): boolean {
  for (const each of TYPES) {
    if (type !== undefined && type !== each) continue;
    for (const name of namesOf(peer, each)) {
      if (each === 'dns' && exact !== undefined ? matchesDnsName(name, exact) : matcher.matches(name)) return true;
    }
  }
  return false;
}

/** Whether a name of a certificate, which may begin with a wildcard for one label, covers a host (RFC 6125 §6.4.3). */
export function matchesDnsName(pattern: string, host: string): boolean {
  const name = asciiLower(pattern);
  const asked = asciiLower(host);
  if (name === asked) return true;
  if (!name.startsWith('*.')) return false;
  const dot = asked.indexOf('.');
  return dot > 0 && asked.slice(dot) === name.slice(1);
}

/** The trust domain of a SPIFFE id; undefined when it is none. */
export function trustDomainOf(uri: string): string | undefined {
  const scheme = 'spiffe://';
  if (!uri.startsWith(scheme)) return undefined;
  const end = uri.indexOf('/', scheme.length);
  const domain = end === -1 ? uri.slice(scheme.length) : uri.slice(scheme.length, end);
  return domain === '' ? undefined : domain;
}

function describeNames(peer: PeerFacts): string {
  const names = TYPES.flatMap((type) => namesOf(peer, type));
  return names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
}
