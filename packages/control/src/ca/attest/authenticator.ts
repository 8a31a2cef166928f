/** Who is asking? Each authenticator knows one kind of proof; whoever shows none that holds gets nothing. */
import type { X509Certificate } from 'node:crypto';
import { describeError } from '@weft/core';
import type { SpiffeId } from '@weft/identity';

/** What is known of a caller. The certificates are as the caller sent them: nobody has checked them yet. */
export interface Caller {
  readonly certificates: readonly X509Certificate[];
  /** A header, or metadata, by its name in lower case. */
  header(name: string): string | undefined;
  /** For the log. */
  readonly address: string;
}

/** The pod that a token was made for, as the API server says. */
export interface AttestedPod {
  readonly name: string;
  readonly uid: string;
}

/** Who a caller is, and how that is known. */
export interface AttestedIdentity {
  readonly id: SpiffeId;
  /** Name of the authenticator. */
  readonly by: string;
  readonly pod: AttestedPod | undefined;
}

/** What an authenticator says. `none`: the caller shows no proof of this kind. */
export type Attestation =
  | { readonly kind: 'attested'; readonly identity: AttestedIdentity }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Knows one kind of proof. */
export interface Authenticator {
  readonly name: string;
  attest(caller: Caller, signal: AbortSignal): Attestation | Promise<Attestation>;
}

/**
 * The first proof that holds decides. One that does not hold forbids nothing that another proves: a client whose token cannot be reviewed just
 * now still is who its certificate says.
 */
export async function attest(
  authenticators: readonly Authenticator[],
  caller: Caller,
  signal: AbortSignal,
): Promise<Exclude<Attestation, { kind: 'none' }>> {
  const reasons: string[] = [];
  for (const authenticator of authenticators) {
    const result = await askOne(authenticator, caller, signal);
    if (result.kind === 'attested') return result;
    if (result.kind === 'refused') reasons.push(`${authenticator.name}: ${result.reason}`);
  }
  const tried = authenticators.map(({ name }) => name).join(', ');
  return {
    kind: 'refused',
    reason: reasons.length > 0 ? reasons.join('; ') : `it shows no proof of any kind: ${tried}`,
  };
}

/** An authenticator that fails refuses: it must never open the way to another by accident, nor end the call. */
async function askOne(authenticator: Authenticator, caller: Caller, signal: AbortSignal): Promise<Attestation> {
  try {
    return await authenticator.attest(caller, signal);
  } catch (thrown: unknown) {
    return { kind: 'refused', reason: describeError(thrown) };
  }
}

/** The longest token that anybody sends. */
const MAX_TOKEN_CHARS = 16 * 1024;

/** The bearer token of a caller; one that is too long becomes the empty one, which nobody takes. */
export function bearerTokenOf(caller: Caller): string | undefined {
  const header = caller.header('authorization');
  if (header === undefined) return undefined;
  if (header.length > MAX_TOKEN_CHARS) return '';
  return /^bearer +(\S+)$/i.exec(header.trim())?.[1];
}
