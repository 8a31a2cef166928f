import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { ok, parseJson, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey, type KeyKind } from './keys.ts';

/** The signature algorithms that are used; there is no `none` and nothing with shared secrets. */
export type JwtAlgorithm = 'ES256' | 'RS256';

/** A public key that tokens are checked with. */
export interface VerificationKey {
  readonly kid: string | undefined;
  /** Fixed by the kind of key, so that a token cannot choose how a key is used. */
  readonly algorithm: JwtAlgorithm;
  readonly key: KeyObject;
}

/** A set of keys, and why others of the document are not in it. */
export interface JwkSet {
  readonly keys: readonly VerificationKey[];
  readonly skipped: readonly string[];
}

/** Key sets of large providers have some ten keys. */
const MAX_KEYS = 100;
const MAX_BYTES = 1_048_576;
const MAX_KID_LENGTH = 512;

/** The algorithm that goes with a kind of key. */
export function algorithmOf(kind: KeyKind): JwtAlgorithm {
  return kind === 'P-256' ? 'ES256' : 'RS256';
}

/** A key for checking tokens; its id is its thumbprint unless given. */
export function verificationKey(key: KeyObject, kid?: string): Result<VerificationKey, IdentityError> {
  const kind = checkPublicKey(key);
  if (kind.kind === 'err') return kind;
  return ok({ kid: kid ?? jwkThumbprint(key), algorithm: algorithmOf(kind.value), key });
}

/** The SHA-256 thumbprint of a public key (RFC 7638): required members only, in the order of their names. */
export function jwkThumbprint(key: KeyObject): string {
  const { kty, crv, x, y, e, n } = key.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** The document that publishes keys. */
export function formatJwks(keys: readonly VerificationKey[]): { readonly keys: readonly JsonWebKey[] } {
  return {
    keys: keys.map(({ key, kid, algorithm }) => ({
      ...key.export({ format: 'jwk' }),
      ...(kid === undefined ? {} : { kid }),
      alg: algorithm,
      use: 'sig',
    })),
  };
}

/** Reads a published document; keys of other kinds are skipped with a reason, private ones refuse the whole document. */
export function parseJwks(input: string | Uint8Array): Result<JwkSet, IdentityError> {
  if (input.length > MAX_BYTES) return refuse(`it is longer than ${MAX_BYTES} bytes`);
  const parsed = parseJson(input, { maxDepth: 10 });
  if (parsed.kind === 'err') return refuse(parsed.error.message);
  const list = isObject(parsed.value) ? parsed.value['keys'] : undefined;
  if (!Array.isArray(list)) return refuse('it has no list "keys"');
  if (list.length > MAX_KEYS) return refuse(`it has ${list.length} keys, more than ${MAX_KEYS}`);
  const keys: VerificationKey[] = [];
  const skipped: string[] = [];
  for (const [index, jwk] of (list as unknown[]).entries()) {
    if (!isObject(jwk)) return refuse(`keys[${index}] is not an object`);
    if ('d' in jwk) return refuse(`keys[${index}] is a private key, which must never be published`);
    const read = readJwk(jwk);
    if (typeof read === 'string') skipped.push(`keys[${index}]: ${read}`);
    else keys.push(read);
  }
  return ok({ keys, skipped });
}

/** The key, or why it is not used. */
function readJwk(jwk: Readonly<Record<string, unknown>>): VerificationKey | string {
  const { kty, kid, alg, use } = jwk;
  if (kty !== 'EC' && kty !== 'RSA') return `kty ${describe(kty)} is not used`;
  if (use !== undefined && use !== 'sig') return `use ${describe(use)} is not for signatures`;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) return 'kid is not a short text';
  const members = kty === 'EC' ? [jwk['crv'], jwk['x'], jwk['y']] : [jwk['n'], jwk['e']];
  if (!members.every((member) => typeof member === 'string')) return 'a member of the key is missing';
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch (thrown) {
    return `the key cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  const kind = checkPublicKey(key);
  if (kind.kind === 'err') return kind.error.message;
  const algorithm = algorithmOf(kind.value);
  return alg === undefined || alg === algorithm ? { kid, algorithm, key } : `alg ${describe(alg)} is not used with it`;
}

/** Tells whether a parsed value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 60);
}

function refuse(reason: string): Result<never, IdentityError> {
  return refuseIdentity('MESH_JWT', `invalid key set: ${reason}`);
}
