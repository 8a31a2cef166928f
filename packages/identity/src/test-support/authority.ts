import { type Clock, type Random, seededRandom, unwrap } from '@weft/core';
import { CertificateAuthority } from '../ca.ts';
import { generateKeyPair } from '../keys.ts';

/** One day, the validity of most test certificates. */
export const DAY_MS = 86_400_000;

/** An authority with an intermediate, as the mesh runs it. */
export async function createTestAuthority(
  clock: Clock,
  options: { readonly trustDomain?: string; readonly random?: Random; readonly rootDays?: number } = {},
): Promise<{ readonly root: CertificateAuthority; readonly intermediate: CertificateAuthority }> {
  const { trustDomain = 'cluster.local', random = seededRandom('ca'), rootDays = 3650 } = options;
  const root = unwrap(
    await CertificateAuthority.createRoot(
      { commonName: 'test root', validForMs: rootDays * DAY_MS, trustDomain },
      { clock, random },
    ),
  );
  const intermediate = unwrap(
    await root.createIntermediate({ commonName: 'test intermediate', validForMs: 365 * DAY_MS, trustDomain }),
  );
  return { root, intermediate };
}

/** A workload certificate for a fresh key. */
export async function issueTestWorkload(
  authority: CertificateAuthority,
  spiffeId: string,
  validForMs: number = DAY_MS,
) {
  const keys = generateKeyPair();
  const issued = unwrap(authority.issueWorkload({ spiffeId, publicKey: keys.publicKey, validForMs }));
  return { keys, ...issued };
}
