import { type Clock, type Random, unwrap, Watch } from '@weft/core';
import { CertificateAuthority, TrustBundle } from '@weft/identity';
import type { AuthorityState } from '../authority-state.ts';

/** An authority that no keeper looks after, in a cell that the test may write. */
export async function testState(
  clock: Clock,
  random: Random,
  options: { readonly trustDomain?: string; readonly validForMs?: number } = {},
): Promise<Watch<AuthorityState | undefined>> {
  const { trustDomain = 'cluster.local', validForMs = 10 * 86_400_000 } = options;
  const about = { commonName: 'test root', validForMs, trustDomain };
  const authority = unwrap(await CertificateAuthority.createRoot(about, { clock, random }));
  return new Watch<AuthorityState | undefined>({
    version: 1,
    cause: 'test',
    origin: 'self-signed',
    authority,
    roots: [authority.root],
    rootsPem: authority.pathPem,
    intermediates: [],
    bundle: unwrap(TrustBundle.empty.with(trustDomain, [authority.root])),
  });
}
