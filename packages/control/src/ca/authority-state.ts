import type { X509Certificate } from 'node:crypto';
import type { CertificateAuthority, TrustBundle } from '@weft/identity';
import type { CaOrigin } from './keeping/ca-files.ts';

/** With what the mesh issues and what it trusts, at one moment; frozen. */
export interface AuthorityState {
  readonly version: number;
  /** Why this state came about, for people. */
  readonly cause: string;
  readonly origin: CaOrigin;
  /** Signs. */
  readonly authority: CertificateAuthority;
  /** All that is trusted: the authority's own root, one that is announced, and those that still have leaves alive. */
  readonly roots: readonly X509Certificate[];
  readonly rootsPem: string;
  /** Authorities below roots, of the present and of the past: TLS does not always tell which ones a peer sent with its certificate. */
  readonly intermediates: readonly X509Certificate[];
  /** The roots, for checking peers of the mesh's own trust domain. */
  readonly bundle: TrustBundle;
}
