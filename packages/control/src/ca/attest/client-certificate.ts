import type { Clock, ReadonlyWatch } from '@weft/core';
import { workloadOf } from '@weft/identity';
import type { AuthorityState } from '../authority-state.ts';
import { withoutDoubles } from '../keeping/ca-files.ts';
import type { Attestation, Authenticator } from './authenticator.ts';

/** What is needed to check certificates. */
export interface ClientCertificateOptions {
  readonly clock: Clock;
  readonly trustDomain: string;
  readonly state: ReadonlyWatch<AuthorityState | undefined>;
}

/** Together no more than a chain may have. */
const MAX_SENT = 5;
const MAX_KNOWN = 5;

/** A workload renews with the certificate that it has: of this mesh, valid, and made for clients. */
export function clientCertificate({ clock, state, trustDomain }: ClientCertificateOptions): Authenticator {
  const name = 'client certificate';
  return {
    name,
    attest({ certificates }): Attestation {
      if (certificates.length === 0) return { kind: 'none' };
      const known = state.get();
      if (known === undefined) return { kind: 'refused', reason: 'the roots of the mesh are not known yet' };
      const chain = withoutDoubles([...certificates.slice(0, MAX_SENT), ...known.intermediates.slice(0, MAX_KNOWN)]);
      const verified = known.bundle.verifyPeer(chain, { nowMs: clock.now(), usage: 'client' });
      if (verified.kind === 'err') return { kind: 'refused', reason: verified.error.message };
      const { id } = verified.value;
      if (id.trustDomain !== trustDomain || workloadOf(id) === undefined) {
        return { kind: 'refused', reason: `${id.uri} is no workload of trust domain ${trustDomain}` };
      }
      return { kind: 'attested', identity: { id, by: name, pod: undefined } };
    },
  };
}
