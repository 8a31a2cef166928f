/** Serves the secrets of the mesh over SDS streams of their own, such as those that Istio's configuration of sidecars asks for. */
import { type Clock, err, type Logger, type MeshError, ok, type Random, type Result } from '@weft/core';
import { parseSpiffeId } from '@weft/identity';
import {
  type AdsClient,
  AdsServer,
  createResourceSet,
  createResourceView,
  type GrpcMethods,
  type GrpcPeer,
  grpcCode,
  type OpenOutcome,
  type ResourceView,
  type ServedResource,
  serveResource,
} from '@weft/xds/server';
import {
  SDS_NAME,
  type SdsSecret,
  type SdsSecrets,
  SECRET_TYPE,
  type SecretAsker,
  type SecretLease,
} from './sds-secrets.ts';

/** What this works with. */
export interface SdsServerOptions {
  readonly secrets: SdsSecrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Whether a caller runs on this machine and was started by us, so that its key may be made here. */
  readonly isLocal: (peer: GrpcPeer) => boolean;
}

const SECRET_URL = `type.googleapis.com/${SECRET_TYPE}`;
const SDS_PATH = '/envoy.service.secret.v3.SecretDiscoveryService/';

/** See the file's head. Callers have to be attested: see `authenticateWith`. */
export class SdsServer {
  readonly #options: SdsServerOptions;
  readonly #server: AdsServer;
  /** What a client holds. Sole writers: #open and #forget. */
  readonly #held = new Map<AdsClient, readonly SecretLease[]>();
  #revision = 0;

  constructor(options: SdsServerOptions) {
    const { clock, logger, random } = options;
    this.#options = options;
    this.#server = new AdsServer({
      identifier: 'weft-sds',
      clock,
      random,
      logger,
      open: (client) => this.#open(client),
      observer: { onDisconnect: (client) => this.#forget(client) },
    });
  }

  /** The methods of SDS. */
  methods(): GrpcMethods {
    return new Map([...this.#server.methods()].filter(([path]) => path.startsWith(SDS_PATH)));
  }

  close(): void {
    this.#server.close();
    for (const client of [...this.#held.keys()]) this.#forget(client);
  }

  #open(client: AdsClient): OpenOutcome {
    const asker = this.#askerOf(client);
    if (asker.kind === 'err') return err({ code: grpcCode.unauthenticated, message: asker.error.message });
    const leases: SecretLease[] = [];
    for (const name of asker.value.isLocal ? Object.values(SDS_NAME) : [SDS_NAME.roots]) {
      const lease = this.#options.secrets.acquire(name, asker.value);
      if (lease.kind === 'ok') leases.push(lease.value);
      else
        this.#options.logger.warning('a secret is not served', {
          name,
          id: asker.value.id.uri,
          reason: lease.error.message,
        });
    }
    const stops = leases.map(({ secret }) => secret.subscribe(() => client.push(this.#viewOf(leases))));
    const held = leases.map(({ release, secret }, index) => ({
      secret,
      release: () => {
        stops[index]?.();
        release();
      },
    }));
    this.#held.set(client, held);
    return ok(this.#viewOf(held));
  }

  #forget(client: AdsClient): void {
    for (const { release } of this.#held.get(client) ?? []) release();
    this.#held.delete(client);
  }

  #askerOf({ identity, peer }: AdsClient): Result<SecretAsker, Pick<MeshError, 'message'>> {
    if (identity === undefined) return err({ message: 'secrets are only for callers that are known' });
    const id = parseSpiffeId(identity.principal);
    return id.kind === 'ok' ? ok({ id: id.value, isLocal: this.#options.isLocal(peer) }) : id;
  }

  #viewOf(leases: readonly SecretLease[]): ResourceView {
    this.#revision += 1;
    const served = leases.map(({ secret }) => secret.get()).filter((secret) => secret !== undefined);
    const version = served.map((secret) => secret.version).join();
    const resources = new Map(served.map((secret) => [secret.name, servedSecret(secret)]));
    return createResourceView(this.#revision, new Map([[SECRET_URL, createResourceSet(version, resources)]]));
  }
}

/** A secret as a server of xDS sends it. */
export function servedSecret({ bytes, name, version }: SdsSecret): ServedResource {
  return serveResource({ name, version, typeUrl: SECRET_URL, value: bytes });
}
