/**
 * Writes and signs the certificates of workloads, servers and clients with the host's cryptography alone: a mesh needs hundreds a second of
 * them while it does other work. What is written is byte for byte what the library writes for the same wishes.
 */
import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import type { CertificateNames } from './certificate-names.ts';
import { DER_TAG, DerReader } from './der.ts';
import { derBits, derElement, derOid, derSequence, derTime } from './der-writer.ts';
import { encodeAltNames, encodeExtension, encodeSubject } from './encode-names.ts';
import type { IdentityError } from './identity-error.ts';
import type { KeyKind, KeyPair } from './keys.ts';
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts';
import { readCertificate } from './x509-info.ts';

/** For what a leaf may be used, as dotted object identifiers. */
export const LEAF_USAGE = Object.freeze({ serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' });

/** What a leaf says; all of it has been checked. */
export interface LeafProfile {
  /** 16 bytes, of which the first is neither zero nor above 127. */
  readonly serialNumber: Uint8Array;
  readonly names: CertificateNames;
  readonly publicKey: KeyObject;
  readonly keyKind: KeyKind;
  readonly usages: readonly string[];
  /** In whole seconds, as milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const OID = Object.freeze({
  authorityKeyId: derOid('2.5.29.35'),
  basicConstraints: derOid('2.5.29.19'),
  extendedKeyUsage: derOid('2.5.29.37'),
  keyUsage: derOid('2.5.29.15'),
  subjectKeyId: derOid('2.5.29.14'),
});

/** Version 3. */
const VERSION = derElement(0xa0, derElement(DER_TAG.integer, Uint8Array.of(2)));
const EXTENSIONS_TAG = 0xa3;
/** `keyIdentifier` of AuthorityKeyIdentifier. */
const KEY_IDENTIFIER_TAG = 0x80;

const NO_AUTHORITY = encodeExtension(OID.basicConstraints, true, derSequence());
/** digitalSignature, and with RSA keyEncipherment too, for TLS without forward secrecy. */
const KEY_USAGE: Readonly<Record<KeyKind, Buffer>> = {
  'P-256': encodeExtension(OID.keyUsage, true, derBits(Uint8Array.of(0x80), 7)),
  RSA: encodeExtension(OID.keyUsage, true, derBits(Uint8Array.of(0xa0), 5)),
};

/** Writes a leaf and signs it with the key of `issuer`. */
export function signLeaf(
  profile: LeafProfile,
  issuer: { readonly keys: KeyPair; readonly certificate: X509Certificate },
): Result<X509Certificate, IdentityError> {
  const details = readCertificate(issuer.certificate);
  if (details.kind === 'err') return details;
  const { keys } = issuer;
  const spki = profile.publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = SIGNATURE_ALGORITHM[keys.kind];
  // Verifiers compare it with the issuer's own name for its key, which not everybody derives in the same way.
  const issuerKeyId = details.value.subjectKeyId ?? keyIdOf(keys.publicKey.export({ type: 'spki', format: 'der' }));
  const tbs = derSequence(
    VERSION,
    derElement(DER_TAG.integer, profile.serialNumber),
    algorithm,
    details.value.subjectDer,
    derSequence(derTime(profile.notBeforeMs), derTime(profile.notAfterMs)),
    encodeSubject(profile.names),
    spki,
    derElement(EXTENSIONS_TAG, derSequence(...extensionsOf(profile, keyIdOf(spki), issuerKeyId))),
  );
  const signature = sign('sha256', tbs, keys.privateKey.reveal());
  return ok(new X509Certificate(derSequence(tbs, algorithm, derBits(signature))));
}

/** What a key is called: the SHA-1 of its bits (RFC 5280 §4.2.1.2, method 1), which is a name and protects nothing. */
function keyIdOf(spki: Uint8Array): Uint8Array {
  const reader = new DerReader(spki).enter(DER_TAG.sequence);
  reader.read(DER_TAG.sequence);
  const bits = reader.content(reader.read(DER_TAG.bitString)).subarray(1);
  return createHash('sha1').update(bits).digest();
}

function extensionsOf(profile: LeafProfile, keyId: Uint8Array, issuerKeyId: Uint8Array): readonly Uint8Array[] {
  const { names, usages, keyKind } = profile;
  const isSubjectEmpty = names.commonName === undefined && (names.organizations ?? []).length === 0;
  // RFC 5280 §4.2.1.6: critical when the names stand nowhere else.
  const altNames = encodeAltNames(names, isSubjectEmpty);
  return [
    NO_AUTHORITY,
    KEY_USAGE[keyKind],
    ...(usages.length === 0 ? [] : [encodeExtension(OID.extendedKeyUsage, false, derSequence(...usages.map(derOid)))]),
    ...(altNames === undefined ? [] : [altNames]),
    encodeExtension(OID.subjectKeyId, false, derElement(DER_TAG.octetString, keyId)),
    encodeExtension(OID.authorityKeyId, false, derSequence(derElement(KEY_IDENTIFIER_TAG, issuerKeyId))),
  ];
}
