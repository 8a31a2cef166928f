/** Whether a certificate leads to one of a set of authorities, by the signatures alone. */
import { X509Certificate } from 'node:crypto';

/** Chains are not followed further. */
const MAX_LENGTH = 10;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate of a PEM text; throws what OpenSSL says of one that cannot be read. */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return [...pem.matchAll(CERTIFICATE)].map(([block]) => new X509Certificate(block));
}

/**
 * Whether every certificate from `peer` up is signed by the next one, and the last by an authority. What the peer sent along may be anything, so no
 * link is believed for its names.
 */
export function leadsTo(peer: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let current: X509Certificate | undefined = peer;
  for (let length = 0; current !== undefined && length < MAX_LENGTH; length++) {
    const at: X509Certificate = current;
    if (authorities.some((authority) => isSame(at, authority) || isSignedBy(at, authority))) return true;
    const next: X509Certificate | undefined = at.issuerCertificate;
    current = next === undefined || isSame(at, next) || !isSignedBy(at, next) ? undefined : next;
  }
  return false;
}

function isSame(a: X509Certificate, b: X509Certificate): boolean {
  return a.fingerprint256 === b.fingerprint256;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
