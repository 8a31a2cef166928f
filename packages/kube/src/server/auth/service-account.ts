/** Tokens of service accounts: who issues them, what is in them, and when one is still good. */
import type { AnyKind, ApiObject } from '@weft/api';
import type { TokenChecker } from './bearer.ts';

/** An object that a token lives and dies with. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret';
  readonly name: string;
  readonly uid: string;
}

/** What a token is to say. */
export interface TokenClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Empty means the API server itself. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound: BoundObject | undefined;
}

/** A token with its dates, as the API writes them. */
export interface IssuedToken {
  readonly token: string;
  readonly audiences: readonly string[];
  readonly issuedAt: string;
  readonly expiresAt: string;
}

/** Where a checker looks up whether what a token names still exists. */
export interface ObjectReader {
  get(kind: AnyKind, namespace: string, name: string): ApiObject | undefined;
}

/** Issues and checks tokens of service accounts. */
export interface TokenIssuer {
  readonly url: string;
  readonly algorithms: readonly string[];
  issue(claims: TokenClaims): IssuedToken;
  /** Recognises its own tokens; looks up whether account and bound object still exist. */
  checker(reader: ObjectReader): TokenChecker;
  /** The public keys, as a JWK set. */
  jwks(): unknown;
}
