/** A control plane at work: the mesh of one API with all the ports on which it is served. */
import type { Clock, Logger, Random } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { GrpcServer } from '@weft/xds/server';
import { type DebugServer, startDebugServer } from '../debug/server/debug-server.ts';
import type { MeshOptions } from '../mesh/index.ts';
import { MeshServer } from './mesh-server.ts';

/** Where something listens; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What a control plane needs. */
export interface ControlPlaneOptions {
  readonly client: KubeClient;
  readonly mesh: MeshOptions;
  /** How it calls itself, such as the name of its pod. */
  readonly identifier: string;
  readonly version: string;
  /** Proxies without credentials: only where everybody who reaches the port may know everything. */
  readonly plaintext: ListenAddress;
  /** Debug pages, health and metrics. */
  readonly debug: ListenAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** See the file's head. */
export class ControlPlane {
  readonly mesh: MeshServer;
  readonly #plaintext: GrpcServer;
  readonly #debug: DebugServer;

  private constructor(mesh: MeshServer, plaintext: GrpcServer, debug: DebugServer) {
    this.mesh = mesh;
    this.#plaintext = plaintext;
    this.#debug = debug;
  }

  /** Resolves when proxies are served; rejects, with nothing left behind, when a port is taken or the API cannot be read in time. */
  static async start(options: ControlPlaneOptions, signal?: AbortSignal): Promise<ControlPlane> {
    const { clock, random, log, version } = options;
    const mesh = new MeshServer({ ...options, isLeader: () => true });
    const plaintext = new GrpcServer({ methods: mesh.methods(), clock, random, logger: log.named('xds') });
    let debug: DebugServer | undefined;
    try {
      debug = await startDebugServer({
        ...options.debug,
        subject: () => (mesh.notReady() === undefined ? mesh : undefined),
        notReady: () => mesh.notReady(),
        metrics: () => mesh.metrics.format(),
        version,
        log: log.named('debug'),
      });
      await mesh.start(signal);
      // Last: who connects is served.
      await plaintext.listen(options.plaintext);
      return new ControlPlane(mesh, plaintext, debug);
    } catch (thrown) {
      await debug?.close();
      await mesh.close();
      throw thrown;
    }
  }

  /** The port for proxies without credentials. */
  get plaintextPort(): number {
    return this.#plaintext.port;
  }

  get debugPort(): number {
    return this.#debug.port;
  }

  /** Proxies are told to connect elsewhere, and keep what they have. */
  async close(): Promise<void> {
    await this.mesh.close();
    await this.#plaintext.drain();
    await this.#debug.close();
  }
}
