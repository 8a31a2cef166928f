import { webcrypto } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import type { KeyKind, KeyPair } from './keys.ts';
import { installReflectMetadata } from './reflect-metadata.ts';

let loaded: Promise<typeof X509> | undefined;

/** The library that builds certificates, loaded on first use: most programs only check them, and loading it would be felt at every start. */
export function loadX509(): Promise<typeof X509> {
  loaded ??= importX509();
  return loaded;
}

async function importX509(): Promise<typeof X509> {
  installReflectMetadata();
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto);
  return library;
}

/** The names WebCrypto has for our kinds of key. */
const ALGORITHMS: Readonly<Record<KeyKind, { name: string; hash: string; namedCurve?: string }>> = {
  'P-256': { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
};

/** How the library is told to sign with a kind of key. */
export function signingAlgorithm(kind: KeyKind): { name: string; hash: string } {
  const { name, hash } = ALGORITHMS[kind];
  return { name, hash };
}

/** The private half for the library; it stays inside of it and cannot be exported again. */
export function toSigningKey(keys: KeyPair): webcrypto.CryptoKey {
  return keys.privateKey.reveal().toCryptoKey(ALGORITHMS[keys.kind], false, ['sign']);
}
