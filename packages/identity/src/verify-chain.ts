/**
 * Finds and checks the path from a certificate to a trusted root (RFC 5280 §6 for what a mesh uses): signatures, dates, CA
 * flags, path lengths, key usages. Extensions that are critical but not evaluated here refuse the chain.
 */
import type { X509Certificate } from 'node:crypto';
import { andThen, ok, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey } from './keys.ts';
import type { X509Details } from './x509-der.ts';
import { describeCertificate, publicKeyOf, readCertificate } from './x509-info.ts';

/** For which end of a connection a certificate is used. */
export type CertificateUsage = 'server' | 'client';

/** What a chain is checked for. */
export interface VerifyChainOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly usage: CertificateUsage;
}

const USAGE_OID: Readonly<Record<CertificateUsage, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};
const ANY_USAGE_OID = '2.5.29.37.0';

/** Peers send what they like; both bounds keep a hostile chain from costing more than some milliseconds. */
const MAX_PRESENTED = 10;
const MAX_SIGNATURE_CHECKS = 32;

/** Checks a presented chain, leaf first, against trusted roots; returns the path from the leaf to the root. */
export function verifyChain(
  presented: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  options: VerifyChainOptions,
): Result<readonly X509Certificate[], IdentityError> {
  const [leaf] = presented;
  if (leaf === undefined) return refuse('the peer sent no certificate');
  if (presented.length > MAX_PRESENTED)
    return refuse(`the peer sent ${presented.length} certificates, more than ${MAX_PRESENTED}`);
  const problem = leafProblem(leaf, options);
  if (problem !== undefined) return refuse(`${describeCertificate(leaf)} ${problem}`);
  return new PathSearch(presented.slice(1), roots, options).find(leaf);
}

class PathSearch {
  readonly #intermediates: readonly X509Certificate[];
  readonly #roots: readonly X509Certificate[];
  readonly #options: VerifyChainOptions;
  #checksLeft = MAX_SIGNATURE_CHECKS;
  /** Why the most promising candidate was refused: the one found last is the deepest. */
  #reason: string | undefined;

  constructor(
    intermediates: readonly X509Certificate[],
    roots: readonly X509Certificate[],
    options: VerifyChainOptions,
  ) {
    this.#intermediates = intermediates;
    this.#roots = roots;
    this.#options = options;
  }

  find(leaf: X509Certificate): Result<readonly X509Certificate[], IdentityError> {
    const path = this.#extend([leaf]);
    if (path !== undefined) return ok(path);
    return refuse(this.#reason ?? `${describeCertificate(leaf)} is not signed by a trusted root`);
  }

  #extend(path: readonly X509Certificate[]): readonly X509Certificate[] | undefined {
    const last = path.at(-1) as X509Certificate;
    for (const root of this.#roots) if (this.#signs(root, last, path)) return [...path, root];
    for (const issuer of this.#intermediates) {
      if (path.includes(issuer) || !this.#signs(issuer, last, path)) continue;
      const longer = this.#extend([...path, issuer]);
      if (longer !== undefined) return longer;
      this.#reason ??= `${describeCertificate(issuer)} is not signed by a trusted root`;
    }
    return undefined;
  }

  /** Tells whether the issuer may have signed and did sign the last certificate of the path. */
  #signs(issuer: X509Certificate, subject: X509Certificate, path: readonly X509Certificate[]): boolean {
    // Cheap: compares names and key identifiers.
    if (!subject.checkIssued(issuer) && issuer.subject !== subject.issuer) return false;
    const problem = this.#issuerProblem(issuer, path.length - 1) ?? this.#signatureProblem(issuer, subject);
    if (problem !== undefined) this.#reason = problem;
    return problem === undefined;
  }

  #issuerProblem(issuer: X509Certificate, certificatesBelow: number): string | undefined {
    const problem = caProblem(issuer, certificatesBelow, this.#options.nowMs);
    return problem === undefined ? undefined : `${describeCertificate(issuer)} ${problem}`;
  }

  #signatureProblem(issuer: X509Certificate, subject: X509Certificate): string | undefined {
    if (this.#checksLeft === 0) return `the chain needs more than ${MAX_SIGNATURE_CHECKS} signature checks`;
    this.#checksLeft -= 1;
    if (subject.checkIssued(issuer) && subject.verify(issuer.publicKey)) return undefined;
    return `${describeCertificate(subject)} is not signed by the key of ${describeCertificate(issuer)}`;
  }
}

/** Why a certificate may not stand at the end of a path, or undefined when it may. */
function leafProblem(leaf: X509Certificate, options: VerifyChainOptions): string | undefined {
  const details = readCertificate(leaf);
  if (details.kind === 'err') return `cannot be used: ${details.error.message}`;
  const { basicConstraints, keyUsage, extendedKeyUsage } = details.value;
  if (basicConstraints.isCa) return 'is a certificate authority, which no peer may be';
  if (keyUsage !== undefined && !keyUsage.has('digitalSignature')) return 'may not be used for signatures';
  const isForUsage = (oid: string) => oid === USAGE_OID[options.usage] || oid === ANY_USAGE_OID;
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.some(isForUsage))
    return `is not for use as a ${options.usage}`;
  return commonProblem(leaf, details.value, options.nowMs);
}

/** Why a certificate may not sign others, or undefined when it may. */
function caProblem(issuer: X509Certificate, certificatesBelow: number, nowMs: number): string | undefined {
  const details = readCertificate(issuer);
  if (details.kind === 'err') return `cannot be used: ${details.error.message}`;
  const { basicConstraints, keyUsage } = details.value;
  if (!basicConstraints.isCa) return 'is no certificate authority but signed another certificate';
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) return 'may not be used to sign certificates';
  const { pathLength } = basicConstraints;
  if (pathLength !== undefined && certificatesBelow > pathLength) {
    return `allows ${pathLength} authorities below it, but there are ${certificatesBelow}`;
  }
  return commonProblem(issuer, details.value, nowMs);
}

function commonProblem(certificate: X509Certificate, details: X509Details, nowMs: number): string | undefined {
  const [unsupported] = details.unsupported;
  if (unsupported !== undefined) return `has the extension ${unsupported}, which is not supported`;
  const key = andThen(publicKeyOf(certificate), checkPublicKey);
  if (key.kind === 'err') return `cannot be used: ${key.error.message}`;
  const { validFromDate, validToDate } = certificate;
  // Negated, so that a date that is none counts as wrong.
  if (!(nowMs >= validFromDate.getTime())) return `is not valid before ${iso(validFromDate)}`;
  if (!(nowMs <= validToDate.getTime())) return `expired at ${iso(validToDate)}`;
  return undefined;
}

function iso(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString();
}

function refuse(reason: string): Result<never, IdentityError> {
  return refuseIdentity('MESH_CERTIFICATE_UNTRUSTED', reason);
}
