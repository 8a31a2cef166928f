/** What a compiled validation context asks of peers, as handshakes take it. */
import { createHash, type X509Certificate } from 'node:crypto';
import { checkPeer, matchesDnsName, trustDomainOf, type ValidationRuntime } from '@weft/engine';
import { CertificateFacts } from './certificate-facts.ts';
import type { PeerCheck, PeerPolicy, PeerRefusal } from './judge-peer.ts';
import { leadsTo, parseCertificates } from './trust-anchors.ts';

/** Throws what OpenSSL says of authorities that cannot be read. */
export function peerPolicyOf(validation: ValidationRuntime): PeerPolicy {
  const { trustDomains, trustedCa, crl, certificateHashes, spkiHashes } = validation;
  const isPinned = certificateHashes.length + spkiHashes.length > 0;
  const authorities =
    trustDomains === undefined ? (trustedCa === undefined ? [] : [trustedCa]) : [...trustDomains.values()];
  const trustedCas = authorities.map((pem) => Buffer.from(pem));
  for (const [i, pem] of trustedCas.entries()) {
    if (parseCertificates(pem.toString()).length === 0)
      throw new Error(`authority ${i} of the trusted ones is no certificate`);
  }
  // OpenSSL reports the last of its errors, and that a certificate has expired comes after that it was revoked.
  if (crl !== undefined && validation.allowsExpired) {
    throw new Error('allow_expired_certificate cannot be combined with crl: Node.js does not tell both apart');
  }
  return {
    trustedCas,
    crls: crl === undefined ? [] : [Buffer.from(crl)],
    verifiesChain: trustedCas.length > 0,
    isPinned,
    isNeeded: !validation.acceptsUntrusted && (isPinned || validation.sans.length > 0),
    acceptsUntrusted: validation.acceptsUntrusted,
    allowsExpired: validation.allowsExpired,
    check: checkOf(validation),
    checkFor: (name) => checkOf(validation, name),
  };
}

function checkOf(validation: ValidationRuntime, name?: string): PeerCheck {
  const { trustDomains } = validation;
  const checkNames: PeerCheck = (peer) => checkFacts(validation, new CertificateFacts(peer), name);
  if (trustDomains === undefined) return checkNames;
  const domains = new Map(
    [...trustDomains].map(([name, pem]) => [name, parseCertificates(Buffer.from(pem).toString())] as const),
  );
  return (peer) => checkTrustDomain(domains, peer) ?? checkNames(peer);
}

function checkFacts(
  configured: ValidationRuntime,
  facts: CertificateFacts,
  name: string | undefined,
): PeerRefusal | undefined {
  if (name !== undefined && !isFor(facts, name)) {
    return { kind: 'san', reason: `the certificate is not for ${name}` };
  }
  const validation = name === undefined ? configured : { ...configured, sans: [] };
  const reason = checkPeer(validation, facts);
  if (reason === undefined) return undefined;
  const hasSan =
    validation.sans.length === 0 ||
    checkPeer({ ...validation, certificateHashes: [], spkiHashes: [] }, facts) === undefined;
  return { kind: hasSan ? 'pin' : 'san', reason };
}

function isFor({ dnsSans, ipSans }: CertificateFacts, name: string): boolean {
  return dnsSans.some((own) => matchesDnsName(own, name)) || ipSans.includes(name);
}

/** A SPIFFE id is worth what the authorities of its own trust domain say, and nobody else's (SPIFFE X.509-SVID §5.2). */
function checkTrustDomain(
  domains: ReadonlyMap<string, readonly X509Certificate[]>,
  peer: X509Certificate,
): PeerRefusal | undefined {
  const { uriSans } = new CertificateFacts(peer);
  const [id] = uriSans;
  const name = uriSans.length === 1 && id !== undefined ? trustDomainOf(id) : undefined;
  if (name === undefined) return { kind: 'san', reason: 'the certificate has no SPIFFE id, or more than one URI' };
  const authorities = domains.get(name);
  if (authorities === undefined) return { kind: 'chain', reason: `trust domain ${name} is not trusted` };
  if (leadsTo(peer, authorities)) return undefined;
  return { kind: 'chain', reason: `the certificate is not signed by an authority of trust domain ${name}` };
}

/** A text that stands for everything that decides who a peer is. */
export function fingerprintOf(policy: PeerPolicy | undefined, validation: ValidationRuntime | undefined): string {
  const hash = createHash('sha256');
  for (const pem of [...(policy?.trustedCas ?? []), ...(policy?.crls ?? [])]) hash.update(pem);
  if (validation !== undefined) {
    const { certificateHashes, spkiHashes, sans, allowsExpired, acceptsUntrusted, trustDomains } = validation;
    const names = trustDomains === undefined ? [] : [...trustDomains.keys()];
    hash.update(JSON.stringify([certificateHashes, spkiHashes, sans, allowsExpired, acceptsUntrusted, names]));
  }
  return hash.digest('hex');
}
