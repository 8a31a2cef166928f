import type { Clock, CoarseTimers, Logger, Random } from '@weft/core';
import type { RouteConfigRuntime, RuntimeSource } from '@weft/engine';
import type { StatsRegistry } from '@weft/telemetry';
import type { LogWriters } from '../access-log/log-writers.ts';
import type { Deadlines } from '../http/manager/deadlines.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { ListeningSockets } from '../transport/listening-sockets.ts';
import type { ClusterDirectory } from '../upstream/upstream-cluster.ts';
import type { ProxyAbilities } from './abilities.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { ServerState } from './server-state.ts';

/** What every part of a running proxy shares. */
export interface ProxyServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timers: CoarseTimers;
  readonly deadlines: Deadlines;
  readonly stats: StatsRegistry;
  readonly logWriters: LogWriters;
  readonly clusters: ClusterDirectory;
  readonly abilities: ProxyAbilities;
  /** What TLS contexts are made of. */
  readonly secrets: SecretStore;
  /** Where listeners get their sockets, and leave them. */
  readonly sockets: ListeningSockets;
  /** The routes of a key (`sourcedKey`) that hold now. */
  readonly routes: (key: string) => RouteConfigRuntime | undefined;
  /** The cluster that this proxy is part of, `node.cluster` of the bootstrap; empty without one. */
  readonly localCluster: string;
  /** Whether the proxy serves, and is to say so. */
  readonly state: Pick<ServerState, 'isHealthFailed'>;
  /** Values that the runtime layers of the configuration override. */
  readonly runtimeValues: RuntimeSource;
  /** How many client connections there may be. */
  readonly connectionLimits: ConnectionLimits;
}
