/** A control plane at work: the mesh of one API with all the ports on which it is served. */
import { kubernetes } from '@weft/api';
import type { Clock, Logger, Random } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import { GrpcServer } from '@weft/xds/server';
import { MeshAuthority, RootCertificates, SdsSecrets } from '../ca/index.ts';
import { type DebugServer, startDebugServer } from '../debug/server/debug-server.ts';
import { buildSnapshot, emptySnapshot, type MeshOptions, type ObjectChange } from '../mesh/index.ts';
import type { ListenAddress } from './listen-address.ts';
import { MeshServer } from './mesh-server.ts';
import { attachSecrets } from './proxy-secrets.ts';
import { type SecurePort, startSecurePort } from './secure-port.ts';

/** What a control plane needs. */
export interface ControlPlaneOptions {
  readonly client: KubeClient;
  readonly mesh: MeshOptions;
  /** How it calls itself, such as the name of its pod. */
  readonly identifier: string;
  readonly version: string;
  /** Proxies without credentials: only where everybody who reaches the port may know everything. */
  readonly plaintext: ListenAddress;
  /** Proxies that prove who they are, and those that ask for a certificate. */
  readonly secure: ListenAddress;
  /** Debug pages, health and metrics. */
  readonly debug: ListenAddress;
  /**
   * Proxies that connect from this machine without credentials are who they say they are, and get certificates for it. Whoever can run a program
   * here can then be anybody.
   */
  readonly trustsThisMachine: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const LOOPBACK = /^(?:127\.|\[?::1\]?)/;

interface Parts {
  readonly mesh: MeshServer;
  readonly plaintext: GrpcServer;
  readonly secure: SecurePort;
  readonly publisher: RootCertificates;
  readonly debug: DebugServer;
  readonly authority: MeshAuthority;
  readonly secrets: SdsSecrets;
}

/** See the file's head. */
export class ControlPlane {
  readonly mesh: MeshServer;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.mesh = parts.mesh;
    this.#parts = parts;
  }

  /** Resolves when proxies are served; rejects, with nothing left behind, when a port is taken or the API cannot be read in time. */
  static async start(options: ControlPlaneOptions, signal?: AbortSignal): Promise<ControlPlane> {
    const { client, clock, random, log, version, mesh: meshOptions } = options;
    const { systemNamespace } = meshOptions;
    await ensureNamespace(client, systemNamespace);
    const trustDomain = await trustDomainOf(client, meshOptions);
    const authority = new MeshAuthority({ client, clock, random, log, trustDomain, namespace: systemNamespace });
    const { state, issuer } = authority;
    const secrets = new SdsSecrets({ state, issuer, clock, random, log: log.named('sds') });
    const publisher = new RootCertificates({ client, state, clock, random, log: log.named('roots') });
    const mesh = new MeshServer({
      ...options,
      isLeader: () => true,
      attach: (connected, proxy, onChange) => {
        const isTrusted = options.trustsThisMachine && LOOPBACK.test(connected.peer.address);
        return attachSecrets(secrets, proxy, trustDomain, isTrusted, onChange, log);
      },
    });
    const plaintext = new GrpcServer({ methods: mesh.methods(), clock, random, logger: log.named('xds') });
    let debug: DebugServer | undefined;
    try {
      debug = await startDebugServer({
        ...options.debug,
        subject: () => (mesh.notReady() === undefined ? mesh : undefined),
        notReady: () => mesh.notReady(),
        metrics: () => `${mesh.metrics.format()}${authority.metrics.format(state, clock)}`,
        version,
        log: log.named('debug'),
      });
      await authority.start();
      publisher.start();
      await mesh.start(signal);
      // Last: who connects is served.
      const secure = await startSecurePort({
        listen: options.secure,
        authority,
        methods: mesh.methods(),
        namespace: systemNamespace,
        clock,
        random,
        log,
      });
      await plaintext.listen(options.plaintext);
      return new ControlPlane({ mesh, plaintext, secure, publisher, debug, authority, secrets });
    } catch (thrown) {
      await debug?.close();
      await mesh.close();
      secrets.close();
      await publisher.close();
      await authority.close();
      throw thrown;
    }
  }

  /** The port for proxies without credentials. */
  get plaintextPort(): number {
    return this.#parts.plaintext.port;
  }

  /** The port for proxies that prove who they are. */
  get securePort(): number {
    return this.#parts.secure.port;
  }

  get debugPort(): number {
    return this.#parts.debug.port;
  }

  /** Proxies are told to connect elsewhere, and keep what they have. */
  async close(): Promise<void> {
    const { mesh, plaintext, secure, publisher, debug, authority, secrets } = this.#parts;
    // First: who is told to go must not come back here.
    const drained = Promise.all([plaintext.drain(), secure.close()]);
    await mesh.close();
    await drained;
    await publisher.close();
    await debug.close();
    secrets.close();
    await authority.close();
  }
}

/** Where the authority keeps its key. */
async function ensureNamespace(client: KubeClient, name: string): Promise<void> {
  const namespaces = client.resource(kubernetes.core.namespace);
  if ((await namespaces.find(name)) !== undefined) return;
  try {
    await namespaces.create({ metadata: { name } });
  } catch (thrown) {
    if (!isApiStatusError(thrown, 'AlreadyExists')) throw thrown;
  }
}

/** Identities are made under the trust domain that holds when the control plane starts: to change it is to make another mesh. */
async function trustDomainOf(client: KubeClient, mesh: MeshOptions): Promise<string> {
  const { systemNamespace: namespace, configMapName } = mesh;
  const object = await client.resource(kubernetes.core.configMap, { namespace }).find(configMapName);
  const changes =
    object === undefined ? [] : [{ kind: 'ConfigMap', key: `${namespace}/${configMapName}`, object } as ObjectChange];
  return buildSnapshot(emptySnapshot(mesh), changes).settings.trustDomain;
}
