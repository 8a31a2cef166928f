/** The whole server: state, keys, API and listener. */
import { join } from 'node:path';
import type { Clock, Logger, Random, Timer } from '@weft/core';
import { ApiCore } from './api-core.ts';
import { JwtIssuer } from './auth/jwt-issuer.ts';
import type { LimitOptions } from './http/limits.ts';
import { HttpListener, type TlsMaterial } from './http/listener.ts';
import type { ListenerTimeouts } from './http/timeouts.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { pkiFolder, pkiInMemory } from './pki/files.ts';
import { loadPki, type Pki, type PkiOptions } from './pki/pki.ts';
import { MEMORY_STATE, openStorage } from './store/open-storage.ts';
import type { ObjectStorage } from './store/types.ts';

/** How to run a server. */
export interface ApiServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** A folder, or `:memory:`. */
  readonly state: string;
  readonly version: string;
  /** Further names under which clients reach the server. */
  readonly extraHosts?: readonly string[];
  readonly limits?: Partial<LimitOptions>;
  readonly timeouts?: Partial<ListenerTimeouts>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const CLUSTER_HOSTS = [
  'localhost',
  '127.0.0.1',
  '::1',
  '10.96.0.1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

const RENEWAL_CHECK_MS = 12 * 60 * 60 * 1000;

interface ServerParts {
  readonly core: ApiCore;
  readonly storage: ObjectStorage;
  readonly listener: HttpListener;
  readonly pki: Pki;
  readonly pkiOptions: PkiOptions;
  readonly log: Logger;
  readonly url: string;
}

/** A running server. */
export class ApiServer {
  readonly core: ApiCore;
  /** Where clients on this machine reach it. */
  readonly url: string;
  private readonly storage: ObjectStorage;
  private readonly listener: HttpListener;
  private readonly pkiOptions: PkiOptions;
  private readonly log: Logger;
  /** Replaced by `renew` alone. */
  private pki: Pki;
  private renewal: Timer | undefined;

  private constructor(parts: ServerParts) {
    this.core = parts.core;
    this.storage = parts.storage;
    this.listener = parts.listener;
    this.pkiOptions = parts.pkiOptions;
    this.log = parts.log;
    this.pki = parts.pki;
    this.url = parts.url;
    this.scheduleRenewal();
  }

  /** Opens the state, starts everything and listens; rejects with what to do when one of them is not possible. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const { state, clock, random, log, host, port } = options;
    const storage = await openStorage({ state, clock, log: log.named('store') });
    let core: ApiCore | undefined;
    try {
      const files = state === MEMORY_STATE ? pkiInMemory() : pkiFolder(join(state, 'pki'));
      const own = WILDCARDS.has(host) ? [] : [host];
      const hosts = [...CLUSTER_HOSTS, ...own, ...(options.extraHosts ?? [])];
      const pkiOptions = { files, clock, random, hosts, log: log.named('pki') };
      const pki = await loadPki(pkiOptions);
      const issuer = new JwtIssuer(pki.tokenKeys, clock, random);
      core = new ApiCore({ ...options, storage, caPem: pki.caPem, issuer });
      const { timeouts = {} } = options;
      const listener = new HttpListener({
        host,
        port,
        tls: tlsOf(pki),
        handler: core.handler,
        clock,
        timeouts,
        log: log.named('http'),
      });
      await core.start();
      const address = await listener.start();
      const reached = WILDCARDS.has(host) ? '127.0.0.1' : host;
      const url = `https://${reached.includes(':') ? `[${reached}]` : reached}:${address.port}`;
      return new ApiServer({ core, storage, listener, pki, pkiOptions, log, url });
    } catch (error: unknown) {
      await core?.close();
      await storage.close();
      throw error;
    }
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.listener.connections;
  }

  /** A kubeconfig for the owner, with everything inside; it is a secret. */
  ownerKubeconfig(): string {
    const { caPem, owner } = this.pki;
    return formatKubeconfig({ url: this.url, caPem, certPem: owner.certPem, keyPem: owner.keyPem });
  }

  /** Ends watches, finishes requests, and closes the state. */
  async close(): Promise<void> {
    this.renewal?.cancel();
    // In one turn: no watch can begin between its end and the listener's.
    this.core.endWatches();
    await this.listener.close();
    await this.core.close();
    await this.storage.close();
  }

  /** A server that runs for a year must not need a restart to be trusted. */
  private scheduleRenewal(): void {
    this.renewal = this.pkiOptions.clock.setTimer(RENEWAL_CHECK_MS, () => {
      this.scheduleRenewal();
      void this.renew();
    });
    this.renewal.unref();
  }

  private async renew(): Promise<void> {
    try {
      const pki = await loadPki(this.pkiOptions);
      if (pki.serving.certPem !== this.pki.serving.certPem) this.listener.useCertificate(tlsOf(pki));
      this.pki = pki;
    } catch (error: unknown) {
      this.log.error('certificates were not renewed', { error });
    }
  }
}

function tlsOf(pki: Pki): TlsMaterial {
  return { cert: pki.serving.certPem, key: pki.serving.keyPem.reveal(), clientCa: pki.caPem };
}
