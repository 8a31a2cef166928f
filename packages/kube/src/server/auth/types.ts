/** The two questions of security: who are you, and may you? */
import type { UserInfo } from './user.ts';

/** What a client showed. */
export interface Credentials {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  /** Subject of a client certificate that the server's own CA has signed. */
  readonly certificate: CertificateIdentity | undefined;
  /** Why a certificate that the client showed says nothing about who it is. */
  readonly certificateProblem?: string;
}

/** The identity in a verified client certificate. */
export interface CertificateIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** When it ends; a connection may outlive it. */
  readonly notAfterMs?: number;
}

/** Who the client is: known, unknown (no credentials of this kind), or refused (bad credentials). */
export type AuthnResult =
  | {
      readonly kind: 'user';
      readonly user: UserInfo;
      /** Audiences that the credential was made for and that were asked for. */
      readonly audiences?: readonly string[];
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Recognises one kind of credentials. */
export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): AuthnResult;
}

/** What somebody wants to do. */
export type Attributes =
  | {
      readonly kind: 'resource';
      readonly user: UserInfo;
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'path'; readonly user: UserInfo; readonly verb: string; readonly path: string };

/** The answer, with its reason in words. */
export interface Decision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/** Decides. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision;
}
