/** Makes the certificates of authorities, with the library: there are few of them, and much hangs on each. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import { altNamesOf, type CertificateNames, subjectOf } from './certificate-names.ts';
import type { IdentityError } from './identity-error.ts';
import type { KeyPair } from './keys.ts';
import { readCertificate } from './x509-info.ts';
import { loadX509, signingAlgorithm, toSigningKey } from './x509-library.ts';

/** What an authority's certificate says; all of it has been checked. */
export interface AuthorityProfile {
  /** As `LeafProfile` has it. */
  readonly serialNumber: Uint8Array;
  readonly names: CertificateNames;
  readonly publicKey: KeyObject;
  /** How many authorities may stand between this one and a leaf; undefined sets no bound. */
  readonly pathLength: number | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Writes an authority's certificate and signs it; without the issuer's certificate it signs itself. */
export async function signAuthority(
  profile: AuthorityProfile,
  issuer: { readonly keys: KeyPair; readonly certificate: X509Certificate | undefined },
): Promise<Result<X509Certificate, IdentityError>> {
  const x509 = await loadX509();
  const { keys, certificate } = issuer;
  const details = certificate === undefined ? undefined : readCertificate(certificate);
  if (details?.kind === 'err') return details;
  const { KeyUsageFlags } = x509;
  const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
  const subject = new x509.Name(subjectOf(profile.names));
  const altNames = altNamesOf(profile.names);
  const issuerKeyId = details?.value.subjectKeyId;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(profile.serialNumber).toString('hex'),
    subject,
    // Byte for byte the issuer's subject: verifiers compare the encoded names.
    issuer: certificate === undefined ? subject : new x509.X509Certificate(certificate.raw).subjectName,
    notBefore: new Date(profile.notBeforeMs),
    notAfter: new Date(profile.notAfterMs),
    publicKey: spkiOf(profile.publicKey),
    signingKey: toSigningKey(keys),
    signingAlgorithm: signingAlgorithm(keys.kind),
    extensions: [
      new x509.BasicConstraintsExtension(true, profile.pathLength, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ...(altNames.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(altNames, false)]),
      await x509.SubjectKeyIdentifierExtension.create(new x509.PublicKey(spkiOf(profile.publicKey))),
      // Verifiers compare it with the issuer's own name for its key, which not everybody derives in the same way.
      issuerKeyId === undefined
        ? await x509.AuthorityKeyIdentifierExtension.create(new x509.PublicKey(spkiOf(keys.publicKey)))
        : new x509.AuthorityKeyIdentifierExtension(Buffer.from(issuerKeyId).toString('hex')),
    ],
  });
  return ok(new X509Certificate(Buffer.from(made.rawData)));
}
