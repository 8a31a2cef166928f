/** What the admin interface sees of the proxy. */
import type { Clock, LogLevels } from '@weft/core';
import type { BootstrapRuntime, ClusterRuntime, ListenerRuntime } from '@weft/engine';
import type { StatsRegistry, StatsRules, StatsView } from '@weft/telemetry';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { LiveRuntime } from '../server/live-runtime.ts';
import type { ServerState } from '../server/server-state.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import type { LiveCluster } from '../upstream/live-cluster.ts';
import type { AdminWorkers } from './admin-workers.ts';
import type { DynamicView } from './dynamic-view.ts';
import type { HostCountTable } from './host-counts.ts';

/** A listener at work. */
export interface AdminListener {
  readonly runtime: ListenerRuntime;
  readonly addresses: readonly (SocketAddress | PipeAddress)[];
}

/** What is known of the program that the proxy runs in. */
export interface ProgramInfo {
  readonly version: string;
  /** The command line, in the names of Envoy's CommandLineOptions. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Which processes can take over from one another; undefined when none can. */
  readonly hotRestartVersion?: string;
  /** How many processes this one has followed; 0 unless given. */
  readonly epoch?: number;
  /** Of the wall clock: when the first of them started. */
  readonly firstStartMs?: number;
}

/** How listeners are to be drained. */
export interface ListenerDrain {
  /** Listeners of inbound traffic only. */
  readonly inboundOnly: boolean;
  /** Clients are asked to leave first; the listeners close when the time for that is over. */
  readonly isGraceful: boolean;
  /** Clients are asked to leave, and the listeners stay. */
  readonly skipsExit: boolean;
}

/** See the file's head. */
export interface AdminSubject {
  readonly clock: Clock;
  readonly bootstrap: BootstrapRuntime;
  /** The bootstrap as JSON data; undefined when it was not read from any. */
  readonly document: unknown;
  /** Of the wall clock: when the configuration was loaded. */
  readonly loadedMs: number;
  readonly program: ProgramInfo;
  readonly state: Pick<ServerState, 'name' | 'uptimeS' | 'ageMs'>;
  readonly runtime: LiveRuntime;
  readonly stats: StatsRegistry;
  /** What readers of statistics see: `stats`, and what came before or is elsewhere. */
  readonly shownStats: StatsView;
  /** What others have counted for hosts. */
  readonly otherHostCounts?: readonly HostCountTable[];
  /** The others that do the same work; undefined when there are none. */
  readonly workers: AdminWorkers | undefined;
  readonly statsRules: StatsRules;
  /** Undefined when the log's levels cannot be changed. */
  readonly logLevels: LogLevels | undefined;
  /** In the order of the configuration. */
  readonly listeners: readonly AdminListener[];
  readonly clusters: Iterable<LiveCluster>;
  /** The configuration of each cluster. */
  readonly clusterRuntimes: Iterable<ClusterRuntime>;
  readonly secrets: SecretStore;
  /** Undefined when all is in the bootstrap. */
  readonly dynamic: DynamicView | undefined;
  /** Whether a cluster came while the proxy runs. */
  readonly isDynamicCluster: (name: string) => boolean;
  /** Brings gauges of the server itself up to date, and with `stats_flush_on_admin` ends the interval of histograms. */
  refreshStats(): void;
  resetCounters(): void;
  drainListeners(how: ListenerDrain): void;
  failHealthChecks(): void;
  passHealthChecks(): void;
  reopenLogs(): void;
  /** Ends the process. */
  quit(): void;
}
