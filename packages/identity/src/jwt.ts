/**
 * JSON Web Tokens (RFC 7519, RFC 8725): made and checked with node's own crypto on key objects. A token never decides how it
 * is checked: the caller lists algorithms, the key fixes which one goes with it, and keys inside of tokens are ignored.
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { ok, parseJson, type Result } from '@weft/core';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { algorithmOf, isObject, type JwtAlgorithm, jwkThumbprint, type VerificationKey } from './jwks.ts';
import type { KeyPair } from './keys.ts';

/** What a token says; times are in seconds since 1970. */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly [claim: string]: unknown;
}

/** What a token must satisfy. */
export interface VerifyJwtOptions {
  readonly keys: readonly VerificationKey[];
  readonly algorithms: readonly JwtAlgorithm[];
  /** The token's issuer must be one of these; undefined accepts every issuer that holds one of the keys. */
  readonly issuers?: readonly string[];
  /** One of the token's audiences must be one of these; undefined accepts every audience. */
  readonly audiences?: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** How far clocks may differ; one minute unless given. */
  readonly leewayMs?: number;
  /** Longer tokens are refused unread; 16 KiB unless given. */
  readonly maxLength?: number;
}

/** A checked token. */
export interface VerifiedJwt {
  readonly claims: JwtClaims;
  readonly key: VerificationKey;
}

const DEFAULT_LEEWAY_MS = 60_000;
const DEFAULT_MAX_LENGTH = 16_384;
/** Claims are flat; requests with absurd nesting end here instead of in whoever reads the claims. */
const MAX_DEPTH = 20;
/** Without a key id every fitting key is tried; more than this makes one token too expensive. */
const MAX_TRIES = 8;
const ES256_SIGNATURE_BYTES = 64;

/** Signs claims; the algorithm follows from the key and the key id is its thumbprint unless given. */
export function signJwt(claims: JwtClaims, keys: KeyPair, kid: string = jwkThumbprint(keys.publicKey)): string {
  const alg = algorithmOf(keys.kind);
  const header = encodeBase64Url(JSON.stringify({ alg, kid, typ: 'JWT' }));
  const input = `${header}.${encodeBase64Url(JSON.stringify(claims))}`;
  const signature = sign('sha256', Buffer.from(input), signatureKey(keys.privateKey.reveal()));
  return `${input}.${encodeBase64Url(signature)}`;
}

/** Checks a token from the outside in: size, form, algorithm, key, signature, and only then what it says. */
export function verifyJwt(token: string, options: VerifyJwtOptions): Result<VerifiedJwt, IdentityError> {
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  if (token.length > maxLength) return refuse(`it is longer than ${maxLength} characters`);
  const [headerText = '', payloadText = '', signatureText = '', more] = token.split('.', 4);
  const isCompact = more === undefined && headerText !== '' && payloadText !== '' && signatureText !== '';
  if (!isCompact) return refuse('it does not have three parts');
  const header = decodeObject(headerText);
  if (header === undefined) return refuse('its header is not a JSON object in base64url');
  const signature = decodeBase64Url(signatureText);
  if (signature === undefined) return refuse('its signature is not base64url');
  const candidates = candidateKeys(header, options);
  if (candidates.kind === 'err') return candidates;
  const input = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const key = candidates.value.find((candidate) => isSignedBy(candidate, input, signature));
  if (key === undefined) return refuse('its signature does not fit any trusted key');
  const claims = decodeObject(payloadText);
  if (claims === undefined) return refuse('its payload is not a JSON object in base64url');
  const problem = claimsProblem(claims, options);
  return problem === undefined ? ok({ claims: claims as JwtClaims, key }) : refuse(problem);
}

function candidateKeys(
  header: Readonly<Record<string, unknown>>,
  options: VerifyJwtOptions,
): Result<readonly VerificationKey[], IdentityError> {
  const { alg, kid, crit } = header;
  if (!options.algorithms.some((allowed) => allowed === alg)) {
    return refuse(`its algorithm ${describe(alg)} is not one of ${options.algorithms.join(', ')}`);
  }
  // RFC 7515 §4.1.11: whoever does not understand a critical header must refuse the token.
  if (crit !== undefined) return refuse('it has critical headers, which are not supported');
  if (kid !== undefined && typeof kid !== 'string') return refuse('its key id is not a text');
  const fitting = options.keys.filter((key) => key.algorithm === alg && (kid === undefined || key.kid === kid));
  if (fitting.length === 0) return refuse(`no trusted ${String(alg)} key has the id ${describe(kid)}`);
  return ok(fitting.slice(0, MAX_TRIES));
}

function isSignedBy(candidate: VerificationKey, input: Buffer, signature: Buffer): boolean {
  if (candidate.algorithm === 'ES256' && signature.length !== ES256_SIGNATURE_BYTES) return false;
  return verify('sha256', input, signatureKey(candidate.key), signature);
}

/** RFC 7518 §3.4: both numbers of the signature side by side, not as DER; RSA keys ignore the setting. */
function signatureKey(key: KeyObject): { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' };
}

function claimsProblem(claims: Readonly<Record<string, unknown>>, options: VerifyJwtOptions): string | undefined {
  return (
    timeProblem(claims, options) ?? issuerProblem(claims['iss'], options) ?? audienceProblem(claims['aud'], options)
  );
}

function timeProblem(claims: Readonly<Record<string, unknown>>, options: VerifyJwtOptions): string | undefined {
  const { exp, nbf, iat } = claims;
  for (const [name, value] of Object.entries({ exp, nbf, iat })) {
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value)))
      return `its ${name} is not a number`;
  }
  // A token that never ends cannot be taken back, so none is accepted.
  if (exp === undefined) return 'it has no expiry (exp)';
  const leewayMs = options.leewayMs ?? DEFAULT_LEEWAY_MS;
  if (options.nowMs >= (exp as number) * 1_000 + leewayMs) return `it expired at ${time(exp as number)}`;
  for (const [name, value] of Object.entries({ nbf, iat })) {
    if (value !== undefined && options.nowMs < (value as number) * 1_000 - leewayMs) {
      return `it is not valid before ${time(value as number)} (${name})`;
    }
  }
  return undefined;
}

function issuerProblem(iss: unknown, options: VerifyJwtOptions): string | undefined {
  if (iss !== undefined && typeof iss !== 'string') return 'its issuer is not a text';
  if (options.issuers === undefined || options.issuers.some((issuer) => issuer === iss)) return undefined;
  return `its issuer ${describe(iss)} is not trusted`;
}

function audienceProblem(aud: unknown, options: VerifyJwtOptions): string | undefined {
  const audiences = Array.isArray(aud) ? (aud as unknown[]) : aud === undefined ? [] : [aud];
  if (!audiences.every((audience) => typeof audience === 'string')) return 'its audience is not a list of texts';
  const { audiences: wanted } = options;
  if (wanted === undefined || audiences.some((audience) => wanted.includes(audience))) return undefined;
  return `its audience ${describe(aud)} is not one of ${wanted.join(', ')}`;
}

function decodeObject(segment: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodeBase64Url(segment);
  if (bytes === undefined) return undefined;
  const parsed = parseJson(bytes, { maxDepth: MAX_DEPTH });
  return parsed.kind === 'ok' && isObject(parsed.value) ? parsed.value : undefined;
}

function time(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 100);
}

function refuse(reason: string): Result<never, IdentityError> {
  return refuseIdentity('MESH_JWT', `invalid token: ${reason}`);
}
