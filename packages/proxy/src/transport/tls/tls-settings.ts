/** What a TLS context is made of, as the transport takes it; the same for both ends. */

import type { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';

/** A certificate chain with its key, PEM. */
export interface TlsKeyPair {
  readonly certificateChain: string | Buffer;
  readonly privateKey: string | Buffer;
  readonly passphrase?: string;
}

/** What is wrong with a peer's certificate beyond what OpenSSL has checked; undefined when nothing is. */
export type PeerCheck = (peer: X509Certificate) => string | undefined;

/** How peers are verified. */
export interface PeerPolicy {
  /** Authorities, PEM; none are trusted without. */
  readonly trustedCas: readonly (string | Buffer)[];
  /** Revocation lists, PEM. */
  readonly crls: readonly (string | Buffer)[];
  /** Whether a peer whose chain does not verify is let in all the same (ACCEPT_UNTRUSTED). */
  readonly acceptsUntrusted: boolean;
  /** Whether expired certificates are valid. */
  readonly allowsExpired: boolean;
  readonly check: PeerCheck | undefined;
}

/** A TLS context in either role. */
export interface TlsSettings {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's list for TLS 1.2, with the suites of TLS 1.3; undefined for the default. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly signatureAlgorithms: string | undefined;
  readonly alpn: readonly string[];
  readonly keyPairs: readonly TlsKeyPair[];
  readonly peers: PeerPolicy | undefined;
}

/** Makes OpenSSL's context; throws what OpenSSL says of keys and certificates that do not fit. */
export function createContext(settings: TlsSettings, ticketKeys?: Buffer): SecureContext {
  const { keyPairs, peers, ciphers, curves, signatureAlgorithms } = settings;
  return createSecureContext({
    minVersion: settings.minVersion,
    maxVersion: settings.maxVersion,
    cert: keyPairs.map((pair) => pair.certificateChain),
    key: keyPairs.map(({ privateKey, passphrase }) => ({
      pem: privateKey,
      ...(passphrase === undefined ? {} : { passphrase }),
    })),
    // An empty list would mean the authorities that Node comes with.
    ca: peers === undefined || peers.trustedCas.length === 0 ? [] : [...peers.trustedCas],
    ...(peers === undefined || peers.crls.length === 0 ? {} : { crl: [...peers.crls] }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
    ...(signatureAlgorithms === undefined ? {} : { sigalgs: signatureAlgorithms }),
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
  });
}

/** OpenSSL's name for a certificate that is out of its time. */
const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Whether a peer is who it should be: the reason when it is not. `error` is what OpenSSL says of its chain. */
export function judgePeer(
  policy: PeerPolicy,
  peer: X509Certificate | undefined,
  error: string | undefined,
): string | undefined {
  if (peer === undefined) return 'the peer sent no certificate';
  const isExcused = policy.acceptsUntrusted || (policy.allowsExpired && EXPIRED.has(error ?? ''));
  if (error !== undefined && !isExcused) return error;
  return policy.check?.(peer);
}
