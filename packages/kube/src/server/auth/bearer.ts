/** Bearer tokens: fixed ones that the server made for its owner, and service-account tokens. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Authenticator, AuthnResult, Credentials } from './types.ts';
import type { UserInfo } from './user.ts';

const MAX_TOKEN_CHARS = 16 * 1024;

/** Checks tokens of one issuer. */
export interface TokenChecker {
  readonly name: string;
  /** `none` when the token is not one of its own. Without audiences the server's own are meant. */
  check(token: string, audiences?: readonly string[]): AuthnResult;
}

/** Recognises the Authorization header; a token that nobody knows is refused, never treated as absent. */
export function bearerAuthenticator(checkers: readonly TokenChecker[]): Authenticator {
  return {
    name: 'bearer',
    authenticate(credentials: Credentials): AuthnResult {
      const token = bearerToken(credentials.authorization);
      if (token === undefined) return { kind: 'none' };
      if (token.length > MAX_TOKEN_CHARS) return { kind: 'refused', reason: 'the token is too long' };
      return checkToken(checkers, token);
    },
  };
}

/** Asks each checker in turn. */
export function checkToken(
  checkers: readonly TokenChecker[],
  token: string,
  audiences?: readonly string[],
): AuthnResult {
  for (const checker of checkers) {
    const result = checker.check(token, audiences);
    if (result.kind !== 'none') return result;
  }
  return { kind: 'refused', reason: 'the token is not known' };
}

/** A token that stands for one user, compared without telling by time how much of it was right. */
export function fixedToken(token: string, user: UserInfo): TokenChecker {
  const wanted = digest(token);
  return {
    name: 'fixed',
    check: (given) => (timingSafeEqual(digest(given), wanted) ? { kind: 'user', user } : { kind: 'none' }),
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme, token, ...more] = header.trim().split(/\s+/);
  // Another scheme, or rubbish, is a credential too: it must not make the client anonymous.
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && more.length === 0 ? token : '';
}
