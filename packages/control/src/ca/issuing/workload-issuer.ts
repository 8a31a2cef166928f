/** Issues certificates to attested workloads: always for the identity that was attested, and never for longer than the mesh allows. */
import type { KeyObject } from 'node:crypto';
import type { Result } from '@weft/core';
import { MeshError, type ReadonlyWatch } from '@weft/core';
import { type IdentityError, type IssuedCertificate, refuseIdentity, type SpiffeId } from '@weft/identity';
import type { AuthorityState } from '../authority-state.ts';

/** How long certificates of workloads are valid. */
export interface WorkloadValidity {
  /** When the applicant does not say. */
  readonly defaultMs: number;
  /** Wishes for more are shortened to this. */
  readonly maxMs: number;
}

/** Istio's defaults: a day, and at most 90. */
export const DEFAULT_WORKLOAD_VALIDITY: WorkloadValidity = Object.freeze({
  defaultMs: 86_400_000,
  maxMs: 90 * 86_400_000,
});

/** A certificate with the state of the authority that issued it. */
export interface IssuedWorkload {
  readonly issued: IssuedCertificate;
  readonly state: AuthorityState;
}

/** See the file's head. */
export class WorkloadIssuer {
  readonly #state: ReadonlyWatch<AuthorityState | undefined>;
  readonly #validity: WorkloadValidity;

  constructor(
    state: ReadonlyWatch<AuthorityState | undefined>,
    validity: WorkloadValidity = DEFAULT_WORKLOAD_VALIDITY,
  ) {
    if (!(validity.defaultMs > 0 && validity.defaultMs <= validity.maxMs)) {
      const { defaultMs, maxMs } = validity;
      throw new MeshError(
        'MESH_USAGE',
        `certificates cannot be valid for ${defaultMs} ms by default and ${maxMs} ms at most`,
      );
    }
    this.#state = state;
    this.#validity = validity;
  }

  /** Issues one; a validity of zero or less is the default. */
  issue(id: SpiffeId, publicKey: KeyObject, wantedMs: number): Result<IssuedWorkload, IdentityError> {
    const state = this.#state.get();
    if (state === undefined) return refuseIdentity('MESH_CERTIFICATE', 'the authority of the mesh is not there yet');
    const { defaultMs, maxMs } = this.#validity;
    const validForMs = wantedMs > 0 ? Math.min(wantedMs, maxMs) : defaultMs;
    const issued = state.authority.issueWorkload({ spiffeId: id.uri, publicKey, validForMs });
    return issued.kind === 'ok' ? { kind: 'ok', value: { issued: issued.value, state } } : issued;
  }
}
