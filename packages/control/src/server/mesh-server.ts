/**
 * The mesh of one API, served to proxies: objects become snapshots, snapshots views, and what becomes of them goes into statuses. Knows no sockets;
 * its methods are mounted on servers of gRPC.
 */

import type { Clock, Logger, Random } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { type AdsObserver, AdsServer, type GrpcMethods } from '@weft/xds/server';
import type { DebugSubject } from '../debug/debug-page.ts';
import { ObjectSource } from '../ingest/object-source.ts';
import { type Finding, findingsOf, type MeshOptions, type MeshSnapshot, mayDifferInFindings } from '../mesh/index.ts';
import { MetricSet } from '../metrics/metric-set.ts';
import { Distributor, type DistributorOptions } from '../push/distributor.ts';
import { ProxyViews } from '../push/proxy-views.ts';
import { PushMetrics } from '../push/push-metrics.ts';
import { SnapshotBuilder } from '../push/snapshot-builder.ts';
import { StatusWriter } from '../status/status-writer.ts';

/** What a server of a mesh needs. */
export interface MeshServerOptions {
  readonly client: KubeClient;
  readonly mesh: MeshOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How the control plane calls itself. */
  readonly identifier: string;
  /** Of several control planes one writes statuses. */
  readonly isLeader: () => boolean;
  /** See DistributorOptions. */
  readonly attach?: DistributorOptions['attach'];
  /** See SnapshotBuilderOptions. */
  readonly quietMs?: number;
  readonly maxWaitMs?: number;
}

const QUIET_MS = 10;
const MAX_WAIT_MS = 200;

/** See the file's head. */
export class MeshServer implements DebugSubject {
  readonly metrics = new MetricSet();
  readonly #source: ObjectSource;
  readonly #builder: SnapshotBuilder;
  readonly #views = new ProxyViews();
  readonly #distributor: Distributor;
  readonly #ads: AdsServer;
  readonly #status: StatusWriter;
  readonly #pushes: PushMetrics;
  /** What is wrong with the objects of a snapshot by themselves. */
  #analyzed: { readonly snapshot: MeshSnapshot; readonly findings: readonly Finding[] } | undefined;
  #isReady = false;

  constructor(options: MeshServerOptions) {
    const { client, mesh, clock, random, log, identifier, isLeader } = options;
    const { systemNamespace, configMapName } = mesh;
    this.#pushes = new PushMetrics(this.metrics, clock);
    this.#builder = new SnapshotBuilder({
      mesh,
      clock,
      log: log.named('snapshot'),
      quietMs: options.quietMs ?? QUIET_MS,
      maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
      take: () => this.#source.take(),
      onSnapshot: (snapshot, previous) => this.#onSnapshot(snapshot, previous),
    });
    this.#source = new ObjectSource({
      client,
      log: log.named('ingest'),
      systemNamespace,
      configMapName,
      // Before everything has been seen a snapshot would be a mesh that never was.
      onChange: () => {
        if (this.#isReady) this.#builder.changed();
      },
    });
    this.#distributor = new Distributor({
      makeView: (snapshot, proxy) => this.#views.make(snapshot, proxy),
      ...(options.attach === undefined ? {} : { attach: options.attach }),
      clock,
      log: log.named('push'),
      onDistributed: () => this.#onDistributed(),
    });
    this.#status = new StatusWriter({
      client,
      clock,
      log: log.named('status'),
      isLeader,
      snapshot: () => this.snapshot,
      proxies: () => this.#distributor.proxies(),
      findings: () => this.findings(),
      current: (kind, key) => this.#source.current(kind, key),
    });
    this.#ads = new AdsServer({
      identifier,
      open: (client_) => this.#distributor.open(client_),
      clock,
      random,
      logger: log.named('ads'),
      observer: this.#observer(),
    });
  }

  /** Resolves when the mesh has been read and proxies are served. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#source.waitForSync(signal);
    this.#isReady = true;
    await this.#builder.flush();
    // A mesh without objects is a mesh.
    if (this.#builder.current.version === 0) this.#distributor.publish(this.#builder.current);
  }

  /** Why proxies are not served what they should be; undefined while all is well. */
  notReady(): string | undefined {
    if (this.#isReady) return undefined;
    return ['the mesh has not been read yet', ...this.#source.problems()].join('; ');
  }

  /** For servers of gRPC. */
  methods(): GrpcMethods {
    return this.#ads.methods();
  }

  get snapshot(): MeshSnapshot {
    return this.#builder.current;
  }

  get dueCount(): number {
    return this.#distributor.dueCount;
  }

  proxies(): ReturnType<Distributor['proxies']> {
    return this.#distributor.proxies();
  }

  /** Those of the snapshot, and of what was made of it for the proxies that are connected, each once. */
  findings(): readonly Finding[] {
    const all = new Map<string, Finding>();
    for (const finding of this.#analyze()) all.set(JSON.stringify(finding), finding);
    for (const { given } of this.#distributor.proxies()) {
      for (const finding of given.findings) all.set(JSON.stringify(finding), finding);
    }
    return [...all.values()];
  }

  #analyze(): readonly Finding[] {
    const { snapshot } = this;
    if (this.#analyzed === undefined || mayDifferInFindings(this.#analyzed.snapshot, snapshot)) {
      this.#analyzed = { snapshot, findings: [...findingsOf(snapshot).values()].flat() };
    }
    return this.#analyzed.findings;
  }

  /** Ends all streams; clients are told to connect elsewhere. */
  async close(): Promise<void> {
    this.#builder.close();
    this.#ads.close();
    await this.#status.close();
    await this.#source.close();
  }

  #onSnapshot(snapshot: MeshSnapshot, previous: MeshSnapshot): void {
    this.#pushes.snapshotChanged(snapshot);
    this.#distributor.publish(snapshot);
    this.#status.snapshotChanged(snapshot, previous);
  }

  #onDistributed(): void {
    const ids = new Set<string>();
    for (const { proxy } of this.#distributor.proxies()) ids.add(proxy.id);
    this.#views.endRound(ids);
    this.#status.changed();
  }

  #observer(): AdsObserver {
    const { observer } = this.#pushes;
    return {
      ...observer,
      onConnect: (client) => {
        observer.onConnect?.(client);
        this.#status.changed();
      },
      onDisconnect: (client, reason) => {
        observer.onDisconnect?.(client, reason);
        this.#distributor.close(client);
        this.#status.changed();
      },
      onNack: (client, answered, nack) => {
        observer.onNack?.(client, answered, nack);
        this.#status.changed();
      },
      onRuns: (client, revision) => {
        observer.onRuns?.(client, revision);
        this.#status.changed();
      },
    };
  }
}
