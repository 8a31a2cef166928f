import { derElement, derOid, derSequence } from './der-writer.ts';
import type { KeyKind } from './keys.ts';

/** The digests that signatures are made of. */
export type SignatureHash = 'sha256' | 'sha384' | 'sha512';

const OIDS: Readonly<Record<KeyKind, Readonly<Record<SignatureHash, string>>>> = {
  'P-256': { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3', sha512: '1.2.840.10045.4.3.4' },
  RSA: { sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12', sha512: '1.2.840.113549.1.1.13' },
};

const NULL = derElement(0x05);

/** The AlgorithmIdentifier of a signature: with ECDSA without parameters (RFC 5758 §3.2), with RSA they are NULL (RFC 4055 §5). */
export function signatureAlgorithm(kind: KeyKind, hash: SignatureHash): Buffer {
  const oid = derOid(OIDS[kind][hash]);
  return kind === 'RSA' ? derSequence(oid, NULL) : derSequence(oid);
}

/** The one that we sign with. */
export const SIGNATURE_ALGORITHM: Readonly<Record<KeyKind, Buffer>> = {
  'P-256': signatureAlgorithm('P-256', 'sha256'),
  RSA: signatureAlgorithm('RSA', 'sha256'),
};
