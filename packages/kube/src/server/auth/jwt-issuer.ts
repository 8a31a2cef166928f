/** Service-account tokens as JSON web tokens, signed with one key. */
import { type AnyKind, type ApiObject, isPlainObject } from '@weft/api';
import { type Clock, type Random, unwrap } from '@weft/core';
import {
  algorithmOf,
  formatJwks,
  type JwtClaims,
  type KeyPair,
  signJwt,
  type VerificationKey,
  verificationKey,
  verifyJwt,
} from '@weft/identity';
import { kinds } from '../kinds.ts';
import type { TokenChecker } from './bearer.ts';
import type { BoundObject, IssuedToken, ObjectReader, TokenClaims, TokenIssuer } from './service-account.ts';
import type { AuthnResult } from './types.ts';

/** The audience of the API server itself. */
export const API_AUDIENCE = 'https://kubernetes.default.svc.cluster.local';

const DELETION_LEEWAY_MS = 60_000;
const PREFIX = 'system:serviceaccount:';
const CLAIM = 'kubernetes.io';
const BOUND_KINDS: Readonly<Record<string, AnyKind>> = { pod: kinds.pod, secret: kinds.secret };

/** Issues and checks tokens with one key pair. */
export class JwtIssuer implements TokenIssuer {
  readonly url = API_AUDIENCE;
  readonly algorithms: readonly string[];
  private readonly keys: KeyPair;
  private readonly verification: VerificationKey;
  private readonly clock: Clock;
  private readonly random: Random;

  constructor(keys: KeyPair, clock: Clock, random: Random) {
    this.keys = keys;
    this.clock = clock;
    this.random = random;
    this.verification = unwrap(verificationKey(keys.publicKey));
    this.algorithms = [algorithmOf(keys.kind)];
  }

  issue(claims: TokenClaims): IssuedToken {
    const { namespace, name, uid, bound } = claims;
    const issuedAt = Math.floor(this.clock.now() / 1000);
    const expiresAt = issuedAt + claims.expirationSeconds;
    const audiences = claims.audiences.length === 0 ? [API_AUDIENCE] : claims.audiences;
    const token = signJwt(
      {
        iss: this.url,
        sub: `${PREFIX}${namespace}:${name}`,
        aud: audiences,
        exp: expiresAt,
        iat: issuedAt,
        nbf: issuedAt,
        jti: Buffer.from(this.random.bytes(16)).toString('hex'),
        [CLAIM]: { namespace, serviceaccount: { name, uid }, ...boundClaim(bound) },
      },
      this.keys,
    );
    return { token, audiences, issuedAt: isoOf(issuedAt), expiresAt: isoOf(expiresAt) };
  }

  checker(reader: ObjectReader): TokenChecker {
    return {
      name: 'serviceaccount',
      check: (token, audiences) => this.check(reader, token, audiences ?? [API_AUDIENCE]),
    };
  }

  jwks(): unknown {
    return formatJwks([this.verification]);
  }

  private check(reader: ObjectReader, token: string, audiences: readonly string[]): AuthnResult {
    // What has not the shape of a token is somebody else's.
    if (token.split('.').length !== 3) return { kind: 'none' };
    const verified = verifyJwt(token, {
      keys: [this.verification],
      algorithms: [this.verification.algorithm],
      issuers: [this.url],
      audiences,
      nowMs: this.clock.now(),
      leewayMs: 0,
    });
    if (verified.kind === 'err') return { kind: 'refused', reason: verified.error.message };
    return userOf(reader, verified.value.claims, audiences, this.clock.now());
  }
}

function boundClaim(bound: BoundObject | undefined): Record<string, unknown> {
  return bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } };
}

/** A token lives no longer than its account, nor than the pod or secret that it is bound to. */
function userOf(reader: ObjectReader, claims: JwtClaims, wanted: readonly string[], nowMs: number): AuthnResult {
  const own = claims[CLAIM];
  if (!isPlainObject(own) || !isPlainObject(own['serviceaccount']))
    return { kind: 'refused', reason: 'the token names no account' };
  const namespace = String(own['namespace']);
  const { name, uid } = own['serviceaccount'] as { name: string; uid: string };
  const account = reader.get(kinds.serviceAccount, namespace, name);
  if (!isAlive(account, uid, nowMs)) return { kind: 'refused', reason: `service account ${namespace}/${name} is gone` };
  const extra: Record<string, readonly string[]> = {};
  for (const [key, kind] of Object.entries(BOUND_KINDS)) {
    const bound = own[key];
    if (!isPlainObject(bound)) continue;
    const object = reader.get(kind, namespace, String(bound['name']));
    if (!isAlive(object, bound['uid'], nowMs)) {
      return { kind: 'refused', reason: `the ${key} that the token is bound to is gone` };
    }
    extra[`authentication.kubernetes.io/${key}-name`] = [String(bound['name'])];
    extra[`authentication.kubernetes.io/${key}-uid`] = [String(bound['uid'])];
  }
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const given = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
  const audiences = given.filter((audience) => wanted.includes(audience));
  return { kind: 'user', user: { username: `${PREFIX}${namespace}:${name}`, uid, groups, extra }, audiences };
}

/** The very object that the token names, which may be on its way out for as long as clients need to notice. */
function isAlive(object: ApiObject | undefined, uid: unknown, nowMs: number): boolean {
  if (object === undefined || object.metadata.uid === undefined || object.metadata.uid !== uid) return false;
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp === undefined || nowMs < Date.parse(deletionTimestamp) + DELETION_LEEWAY_MS;
}

function isoOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
