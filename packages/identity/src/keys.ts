import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ok, type Result, Secret } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';

/** The kinds of key the mesh uses; P-256 unless something needs RSA. */
export type KeyKind = 'P-256' | 'RSA';

/** A key pair whose private half never prints. */
export interface KeyPair {
  readonly kind: KeyKind;
  readonly publicKey: KeyObject;
  readonly privateKey: Secret<KeyObject>;
}

const RSA_BITS = 2048;
/** Below, keys can be broken; above, checking one signature becomes an attack on our own processor. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** PEM files of keys are small; anything longer is not one. */
const MAX_PEM_LENGTH = 32_768;

/** Makes a new key pair. */
export function generateKeyPair(kind: KeyKind = 'P-256'): KeyPair {
  const { publicKey, privateKey } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  return { kind, publicKey, privateKey: new Secret(privateKey) };
}

/** The private key as a PKCS #8 PEM block; still wrapped, because it is now text that could end up in a log. */
export function privateKeyToPem(keys: KeyPair): Secret<string> {
  return new Secret(keys.privateKey.reveal().export({ type: 'pkcs8', format: 'pem' }) as string);
}

/** Reads a private key in PKCS #8, SEC 1 or PKCS #1 PEM form; errors never quote the input. */
export function keyPairFromPem(pem: Secret<string>): Result<KeyPair, IdentityError> {
  const text = pem.reveal();
  if (text.length > MAX_PEM_LENGTH) return refuseIdentity('MESH_KEY', 'the private key is too long to be one');
  try {
    const privateKey = createPrivateKey(text);
    const publicKey = createPublicKey(text);
    const kind = checkPublicKey(publicKey);
    if (kind.kind === 'err') return kind;
    return ok({ kind: kind.value, publicKey, privateKey: new Secret(privateKey) });
  } catch {
    // The cause is left out on purpose: nothing of a key file may travel further.
    return refuseIdentity('MESH_KEY', 'the private key cannot be read', {
      hint: 'an unencrypted PEM block BEGIN PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY is expected',
    });
  }
}

/** The public key as a PEM block. */
export function publicKeyToPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string;
}

/** Reads a public key from a PEM block or from SubjectPublicKeyInfo bytes. */
export function publicKeyFrom(input: string | Uint8Array): Result<KeyObject, IdentityError> {
  if (input.length > MAX_PEM_LENGTH) return refuseIdentity('MESH_KEY', 'the public key is too long to be one');
  if (typeof input === 'string' && input.includes('PRIVATE KEY')) {
    // Node would quietly derive the public half of a private key that somebody sent by mistake.
    return refuseIdentity('MESH_KEY', 'a public key is expected, but a private one was given');
  }
  try {
    const key =
      typeof input === 'string'
        ? createPublicKey(input)
        : createPublicKey({ key: Buffer.from(input), format: 'der', type: 'spki' });
    const kind = checkPublicKey(key);
    return kind.kind === 'ok' ? ok(key) : kind;
  } catch (cause) {
    return refuseIdentity('MESH_KEY', 'the public key cannot be read', { cause });
  }
}

/** Tells the kind of a key and refuses kinds and sizes that the mesh does not use. */
export function checkPublicKey(key: KeyObject): Result<KeyKind, IdentityError> {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ec') {
    if (details?.namedCurve === 'prime256v1') return ok('P-256');
    return refuseIdentity('MESH_KEY', `the key is on curve ${details?.namedCurve ?? 'unknown'}, not on P-256`);
  }
  if (key.asymmetricKeyType === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) return ok('RSA');
    return refuseIdentity('MESH_KEY', `the RSA key has ${bits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`);
  }
  return refuseIdentity('MESH_KEY', `keys of type ${key.asymmetricKeyType ?? 'secret'} are not used here`);
}

/** Tells whether two public keys are the same. */
export function samePublicKey(one: KeyObject, other: KeyObject): boolean {
  return one.type === 'public' && other.type === 'public' && one.equals(other);
}
