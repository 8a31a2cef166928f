/** What pushes count, in the names that Istio's dashboards know, and how long changes take to be in effect. */
import type { Clock } from '@weft/core';
import type { AdsObserver } from '@weft/xds/server';
import type { MeshSnapshot } from '../mesh/index.ts';
import type { MetricSet } from '../metrics/metric-set.ts';

/** Types as Istio's metrics call them, by the end of their URLs. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Cluster: 'cds',
    Listener: 'lds',
    RouteConfiguration: 'rds',
    ClusterLoadAssignment: 'eds',
    Secret: 'sds',
    TypedExtensionConfig: 'ecds',
    NameTable: 'nds',
  }),
);

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BYTES = [1, 1e4, 1e6, 4e6, 1e7, 4e7];
/** Snapshots that some proxy may still have to answer for. */
const MOST_REMEMBERED = 1000;

/** Counts pushes; its observer is for the server of xDS. */
export class PushMetrics {
  readonly observer: AdsObserver;
  readonly #clock: Clock;
  readonly #services;
  readonly #virtualServices;
  readonly #reasons;
  /** When snapshots were made. */
  readonly #madeAt = new Map<number, number>();

  constructor(set: MetricSet, clock: Clock) {
    this.#clock = clock;
    const connected = set.gauge('pilot_xds', 'Number of endpoints connected to this pilot using XDS.');
    const pushes = set.counter('pilot_xds_pushes', 'Responses sent, by type.');
    const rejects = set.counter(
      'pilot_total_xds_rejects',
      'Total number of XDS responses from pilot rejected by proxy.',
    );
    const refused = set.counter('pilot_xds_refused', 'Streams that were not served, by gRPC status.');
    const sizes = set.histogram(
      'pilot_xds_config_size_bytes',
      'Distribution of configuration sizes pushed to clients.',
      BYTES,
    );
    const answers = set.histogram(
      'pilot_xds_send_time',
      'Total time in seconds until a proxy answers what was sent to it.',
      SECONDS,
    );
    const convergence = set.histogram(
      'pilot_proxy_convergence_time',
      'Delay in seconds between config change and a proxy running all required configuration.',
      SECONDS,
    );
    this.#services = set.gauge('pilot_services', 'Total services known to pilot.');
    this.#virtualServices = set.gauge('pilot_virt_services', 'Total virtual services known to pilot.');
    this.#reasons = set.counter(
      'pilot_push_triggers',
      'Total number of times a push was triggered, labeled by reason for the push.',
    );
    let count = 0;
    connected.set(0);
    this.observer = {
      onConnect: () => connected.set(++count),
      onDisconnect: () => connected.set(--count),
      onRefused: (_peer, { code }) => refused.add(1, { code: String(code) }),
      onSent: (_client, { typeUrl, bytes }) => {
        const type = typeName(typeUrl);
        pushes.add(1, { type });
        sizes.record(bytes, { type });
      },
      onAck: (_client, { typeUrl, tookMs }) => answers.record(tookMs / 1000, { type: typeName(typeUrl) }),
      onNack: (_client, { typeUrl }) => rejects.add(1, { type: typeName(typeUrl) }),
      onRuns: (_client, revision) => {
        const madeAt = this.#madeAt.get(revision);
        if (madeAt !== undefined) convergence.record((clock.monotonic() - madeAt) / 1000);
      },
    };
  }

  /** A snapshot was made. */
  snapshotChanged({ version, registry, config, reasons }: MeshSnapshot): void {
    this.#services.set(registry.services.size);
    this.#virtualServices.set(config.virtualServices.size);
    for (const kind of new Set(reasons.map((reason) => reason.kind))) this.#reasons.add(1, { type: kind });
    this.#madeAt.set(version, this.#clock.monotonic());
    this.#madeAt.delete(version - MOST_REMEMBERED);
  }
}

function typeName(typeUrl: string): string {
  return TYPES.get(typeUrl.slice(typeUrl.lastIndexOf('.') + 1)) ?? 'other';
}
