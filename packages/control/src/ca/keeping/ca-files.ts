/** The files of an authority, named as Istio names them, and what they have to be before anything is signed with them. */
import type { X509Certificate } from 'node:crypto';
import { type Clock, ok, type Random, type Result, Secret } from '@weft/core';
import {
  CertificateAuthority,
  certificatesToPem,
  describeCertificate,
  type IdentityError,
  parseCertificatesPem,
  readCertificate,
  refuseIdentity,
} from '@weft/identity';

/** The names of the files, in Secrets and folders alike. */
export const CA_FILE = Object.freeze({
  /** The certificate that signs. */
  certificate: 'ca-cert.pem',
  key: 'ca-key.pem',
  /** All roots that workloads trust. */
  roots: 'root-cert.pem',
  /** The authorities between the one that signs and its root; may be empty. */
  chain: 'cert-chain.pem',
});

/** The texts of the files; what is missing is undefined. */
export interface CaFiles {
  readonly certificate: string | undefined;
  readonly key: Secret<string> | undefined;
  readonly roots: string | undefined;
  readonly chain: string | undefined;
}

/** Where an authority comes from. */
export type CaOrigin = 'files' | 'cacerts' | 'self-signed';

/** An authority that may sign, with the roots that are to be trusted beside it. */
export interface CaMaterial {
  readonly origin: CaOrigin;
  readonly authority: CertificateAuthority;
  /** The authority's own root among them, none of them expired. */
  readonly roots: readonly X509Certificate[];
  /** Authorities below roots that workloads may have their certificates from, of this one and of those before it. */
  readonly intermediates: readonly X509Certificate[];
}

/** Where an authority takes time and chance from, and the longest it signs for. */
export interface CaContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxLeafMs: number;
}

/** Picks the files out of the data of a Secret. */
export function caFilesOf(read: (name: string) => string | undefined): CaFiles {
  const key = read(CA_FILE.key);
  return {
    certificate: read(CA_FILE.certificate),
    key: key === undefined ? undefined : new Secret(key),
    roots: read(CA_FILE.roots),
    chain: read(CA_FILE.chain),
  };
}

/** Reads an authority and checks it as far as it can be checked: nothing is signed with one that peers would refuse. */
export function parseCaMaterial(
  files: CaFiles,
  origin: CaOrigin,
  context: CaContext,
): Result<CaMaterial, IdentityError> {
  const { certificate, key } = files;
  if (isBlank(certificate)) return missing(CA_FILE.certificate);
  if (key === undefined || key.reveal() === '') return missing(CA_FILE.key);
  const own = parseNamed(CA_FILE.certificate, certificate);
  if (own.kind === 'err') return own;
  const chain = isBlank(files.chain) ? ok([]) : parseNamed(CA_FILE.chain, files.chain);
  if (chain.kind === 'err') return chain;
  // Without roots an authority that signed itself is its own; Istio before 1.1 wrote such Secrets.
  const roots = isBlank(files.roots) ? own : parseNamed(CA_FILE.roots, files.roots);
  if (roots.kind === 'err') return roots;
  const path = pathToRoot([...own.value, ...chain.value], roots.value);
  if (path.kind === 'err') return path;
  const nowMs = context.clock.now();
  const problem = path.value.map((authority) => validityProblem(authority, nowMs)).find((text) => text !== undefined);
  if (problem !== undefined) return refuseIdentity('MESH_CERTIFICATE', problem);
  const authority = CertificateAuthority.load({ chainPem: certificatesToPem(path.value), keyPem: key }, context);
  if (authority.kind === 'err') return authority;
  const trusted = roots.value.filter((root) => root.validToDate.getTime() > nowMs);
  const wrong = trusted.find((root) => !isAuthority(root));
  if (wrong !== undefined) {
    return refuseIdentity('MESH_CERTIFICATE', `${CA_FILE.roots}: ${describeCertificate(wrong)} is no authority`);
  }
  const isRoot = ({ fingerprint256 }: X509Certificate) =>
    roots.value.some((root) => root.fingerprint256 === fingerprint256);
  const intermediates = withoutDoubles([...own.value, ...chain.value]).filter((authority) => !isRoot(authority));
  return ok({ origin, authority: authority.value, roots: withoutDoubles(trusted), intermediates });
}

/** The certificates without those that occur before. */
export function withoutDoubles(certificates: Iterable<X509Certificate>): readonly X509Certificate[] {
  const known = new Map<string, X509Certificate>();
  for (const certificate of certificates) {
    if (!known.has(certificate.fingerprint256)) known.set(certificate.fingerprint256, certificate);
  }
  return Object.freeze([...known.values()]);
}

/** The way up from the first certificate to one of the roots, both included. */
function pathToRoot(
  candidates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): Result<readonly X509Certificate[], IdentityError> {
  const path = [candidates[0] as X509Certificate];
  for (;;) {
    const last = path.at(-1) as X509Certificate;
    const root = roots.find((other) => isSignedBy(last, other));
    if (root !== undefined) return ok(root.fingerprint256 === last.fingerprint256 ? path : [...path, root]);
    const next = candidates.find((other) => !path.includes(other) && isSignedBy(last, other));
    if (next === undefined) {
      const message = `${describeCertificate(last)} is not signed by any root of ${CA_FILE.roots}`;
      const hint = `put its root into ${CA_FILE.roots} and the authorities between into ${CA_FILE.chain}`;
      return refuseIdentity('MESH_CERTIFICATE', message, { hint });
    }
    path.push(next);
  }
}

function isSignedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    // The key of a damaged certificate cannot be read: it signed nothing.
    return false;
  }
}

function isAuthority(certificate: X509Certificate): boolean {
  const details = readCertificate(certificate);
  return details.kind === 'ok' && details.value.basicConstraints.isCa;
}

function validityProblem(certificate: X509Certificate, nowMs: number): string | undefined {
  const { validFromDate, validToDate } = certificate;
  if (!(validToDate.getTime() > nowMs)) {
    return `${describeCertificate(certificate)} expired at ${validToDate.toISOString()}`;
  }
  if (validFromDate.getTime() > nowMs) {
    return `${describeCertificate(certificate)} is not valid before ${validFromDate.toISOString()}`;
  }
  return undefined;
}

function parseNamed(name: string, pem: string): Result<readonly X509Certificate[], IdentityError> {
  const parsed = parseCertificatesPem(pem);
  if (parsed.kind === 'ok') return parsed;
  return refuseIdentity('MESH_CERTIFICATE', `${name}: ${parsed.error.message}`, { cause: parsed.error });
}

function isBlank(text: string | undefined): text is undefined | '' {
  return text === undefined || text.trim() === '';
}

function missing(name: string): Result<never, IdentityError> {
  return refuseIdentity('MESH_CERTIFICATE', `${name} is missing or empty`, {
    hint: `an authority needs ${CA_FILE.certificate}, ${CA_FILE.key} and ${CA_FILE.roots}`,
  });
}
