import type { KeyObject, X509Certificate } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import { DerError } from './der.ts';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { parseSpiffeId, type SpiffeId } from './spiffe-id.ts';
import { decodeCertificate, type X509Details } from './x509-der.ts';

/** Certificates do not change, so each is taken apart once however often it is asked about. */
const known = new WeakMap<X509Certificate, Result<X509Details, IdentityError>>();

/** Names, usages and constraints of a certificate, from its bytes: no text form has to be unquoted. */
export function readCertificate(certificate: X509Certificate): Result<X509Details, IdentityError> {
  let details = known.get(certificate);
  if (details === undefined) {
    details = decode(certificate.raw);
    known.set(certificate, details);
  }
  return details;
}

/** The key of a certificate; node reads it on first use and throws when a peer sent a damaged one. */
export function publicKeyOf(certificate: X509Certificate): Result<KeyObject, IdentityError> {
  try {
    return ok(certificate.publicKey);
  } catch (cause) {
    return refuseIdentity('MESH_CERTIFICATE', 'the public key of the certificate cannot be read', { cause });
  }
}

/** Who a client certificate says it is, as Kubernetes reads it: the common name is the user, organizations are groups. */
export function clientNameOf(
  certificate: X509Certificate,
): Result<{ readonly user: string; readonly groups: readonly string[] }, IdentityError> {
  const details = readCertificate(certificate);
  if (details.kind === 'err') return details;
  const { commonNames, organizations } = details.value.subject;
  const [user, second] = commonNames;
  if (user === undefined || user === '' || second !== undefined) {
    return refuseIdentity(
      'MESH_CERTIFICATE',
      `a client certificate needs one common name, this one has ${commonNames.length}`,
    );
  }
  return ok({ user, groups: organizations });
}

/** The SPIFFE identity of a certificate: it must have exactly one URI name (X509-SVID §2), and that must be one. */
export function spiffeIdOf(certificate: X509Certificate): Result<SpiffeId, IdentityError> {
  const details = readCertificate(certificate);
  if (details.kind === 'err') return details;
  const [uri, second] = details.value.subjectAltNames.uris;
  if (uri === undefined || second !== undefined) {
    const count = details.value.subjectAltNames.uris.length;
    return refuseIdentity(
      'MESH_CERTIFICATE',
      `a workload certificate needs exactly one URI name, this one has ${count}`,
    );
  }
  return parseSpiffeId(uri);
}

/** How a message names a certificate. */
export function describeCertificate(certificate: X509Certificate): string {
  const details = readCertificate(certificate);
  const names = details.kind === 'ok' ? details.value : undefined;
  const san = names?.subjectAltNames;
  const name = names?.subject.commonNames[0] ?? san?.uris[0] ?? san?.dnsNames[0] ?? san?.ipAddresses[0] ?? 'no name';
  return `certificate ${JSON.stringify(name.slice(0, 200))} (serial ${certificate.serialNumber})`;
}

function decode(der: Uint8Array): Result<X509Details, IdentityError> {
  try {
    return ok(decodeCertificate(der));
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    return refuseIdentity('MESH_CERTIFICATE', `malformed certificate: ${cause.message}`, { cause });
  }
}
