/**
 * The secrets that proxies ask for over SDS, under Istio's names: `ROOTCA`, the roots, for everybody; and `default`, a certificate with its key,
 * only for proxies on the same machine as this process, and only of their own identity. Every other proxy makes its key itself.
 */
import { createHash } from 'node:crypto';
import {
  type Clock,
  describeError,
  err,
  type Logger,
  MeshError,
  ok,
  type Random,
  type ReadonlyWatch,
  type Result,
  unwrap,
  Watch,
} from '@weft/core';
import { generateKeyPair, privateKeyToPem, RotatingCertificate, type SpiffeId, type Validity } from '@weft/identity';
import { create, encode } from '@weft/proto/lite';
import type { AuthorityState } from '../authority-state.ts';
import type { WorkloadIssuer } from '../issuing/workload-issuer.ts';

/** The names of the secrets. */
export const SDS_NAME = Object.freeze({ roots: 'ROOTCA', workload: 'default' });

/** The type of a secret, in an Any. */
export const SECRET_TYPE = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** A secret with its version, as SDS sends it. */
export interface SdsSecret {
  readonly name: string;
  readonly version: string;
  /** The encoded Secret. */
  readonly bytes: Uint8Array;
}

/** Who asks for a secret. */
export interface SecretAsker {
  /** Attested. */
  readonly id: SpiffeId;
  /** It runs on this machine and was started by us, so its key may be made here. */
  readonly isLocal: boolean;
}

/** A secret that somebody follows. */
export interface SecretLease {
  readonly secret: ReadonlyWatch<SdsSecret | undefined>;
  /** Ends it; the last one to do so has the key forgotten. */
  readonly release: () => void;
}

/** What this works with. */
export interface SdsSecretsOptions {
  readonly state: ReadonlyWatch<AuthorityState | undefined>;
  readonly issuer: WorkloadIssuer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Different identities served at a time; 10,000 unless given. */
  readonly maxIdentities?: number;
}

interface WorkloadCertificate extends Validity {
  readonly secret: SdsSecret;
}

interface Shared {
  readonly rotation: RotatingCertificate<WorkloadCertificate>;
  readonly secret: Watch<SdsSecret | undefined>;
  holders: number;
}

const DEFAULT_MAX_IDENTITIES = 10_000;
const VERSION_CHARS = 16;

/** See the file's head. */
export class SdsSecrets {
  readonly #options: SdsSecretsOptions;
  readonly #roots: Watch<SdsSecret | undefined>;
  readonly #stopState: () => void;
  /** Key: an identity. Sole writers: #hold and #drop. */
  readonly #workloads = new Map<string, Shared>();

  constructor(options: SdsSecretsOptions) {
    const { state } = options;
    this.#options = options;
    this.#roots = new Watch(rootsSecret(state.get()));
    this.#stopState = state.subscribe((next) => this.#roots.swap(rootsSecret(next)));
  }

  /** The roots, for everybody. */
  get roots(): ReadonlyWatch<SdsSecret | undefined> {
    return this.#roots;
  }

  /** A secret by its name; refused with the reason when this asker may not have it. */
  acquire(name: string, asker: SecretAsker): Result<SecretLease, MeshError> {
    if (name === SDS_NAME.roots) return ok({ secret: this.#roots, release: () => undefined });
    if (name !== SDS_NAME.workload) {
      const known = Object.values(SDS_NAME).join(' and ');
      return err(
        new MeshError('MESH_USAGE', `there is no secret ${JSON.stringify(name.slice(0, 100))}`, {
          hint: `there are ${known}`,
        }),
      );
    }
    if (!asker.isLocal) {
      const message = `${asker.id.uri} is not served from this machine, so no key is made for it here`;
      return err(
        new MeshError('MESH_CERTIFICATE', message, { hint: 'let the proxy make its key and send a signing request' }),
      );
    }
    return this.#hold(asker.id);
  }

  close(): void {
    this.#stopState();
    for (const { rotation } of this.#workloads.values()) rotation.close();
    this.#workloads.clear();
  }

  #hold(id: SpiffeId): Result<SecretLease, MeshError> {
    let shared = this.#workloads.get(id.uri);
    if (shared === undefined) {
      const { maxIdentities = DEFAULT_MAX_IDENTITIES } = this.#options;
      if (this.#workloads.size >= maxIdentities) {
        return err(new MeshError('MESH_OVERLOADED', `${maxIdentities} identities have certificates here already`));
      }
      shared = this.#create(id);
      this.#workloads.set(id.uri, shared);
    }
    shared.holders += 1;
    let isHeld = true;
    const { secret } = shared;
    const release = () => {
      if (isHeld) this.#drop(id);
      isHeld = false;
    };
    return ok({ secret, release });
  }

  #drop(id: SpiffeId): void {
    const shared = this.#workloads.get(id.uri);
    if (shared === undefined) return;
    shared.holders -= 1;
    if (shared.holders > 0) return;
    shared.rotation.close();
    this.#workloads.delete(id.uri);
  }

  #create(id: SpiffeId): Shared {
    const { clock, issuer, log, random } = this.#options;
    const secret = new Watch<SdsSecret | undefined>(undefined);
    const rotation = new RotatingCertificate<WorkloadCertificate>({
      clock,
      random,
      logger: log.child({ id: id.uri }),
      issue: async () => {
        const keys = generateKeyPair();
        const { issued } = unwrap(issuer.issue(id, keys.publicKey, 0));
        const keyPem = privateKeyToPem(keys).reveal();
        const bytes = encodeSecret(SDS_NAME.workload, {
          case: 'tlsCertificate',
          value: create('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', {
            certificateChain: inline(issued.chainPem),
            privateKey: inline(keyPem),
          }),
        });
        const version = issued.certificate.serialNumber;
        const { notAfterMs, notBeforeMs } = issued;
        return { notAfterMs, notBeforeMs, secret: { name: SDS_NAME.workload, version, bytes } };
      },
    });
    rotation.current.subscribe((certificate) => secret.swap(certificate?.secret));
    void this.#begin(id, rotation);
    return { rotation, secret, holders: 0 };
  }

  /** An authority that cannot issue just now may be followed by one that can. */
  async #begin(id: SpiffeId, rotation: RotatingCertificate<WorkloadCertificate>): Promise<void> {
    const { log, state } = this.#options;
    const isHeld = () => this.#workloads.get(id.uri)?.rotation === rotation;
    do {
      try {
        await rotation.start();
        return;
      } catch (thrown: unknown) {
        if (!isHeld()) return;
        log.error('a workload gets no certificate before the authority changes', {
          id: id.uri,
          reason: describeError(thrown),
        });
        await state.changed();
      }
    } while (isHeld());
  }
}

/** The roots as a validation context; whom a peer may be is said where the context is used. */
function rootsSecret(state: AuthorityState | undefined): SdsSecret | undefined {
  if (state === undefined) return undefined;
  const bytes = encodeSecret(SDS_NAME.roots, {
    case: 'validationContext',
    value: create('envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext', {
      trustedCa: inline(state.rootsPem),
    }),
  });
  // Equal versions mean equal roots, in every replica.
  const version = createHash('sha256').update(state.rootsPem).digest('hex').slice(0, VERSION_CHARS);
  return Object.freeze({ name: SDS_NAME.roots, version, bytes });
}

function inline(text: string) {
  return create('envoy.config.core.v3.DataSource', {
    specifier: { case: 'inlineBytes', value: Buffer.from(text, 'utf8') },
  });
}

function encodeSecret(name: string, type: { readonly case: string; readonly value: unknown }): Uint8Array {
  return encode(create(SECRET_TYPE, { name, type }));
}
