import type { Result } from '@weft/core';
import type { Node } from '@weft/proto/envoy/config/core/v3/base';
import type { ApiConfigSource, ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { StatsConfig } from '@weft/proto/envoy/config/metrics/v3/stats';
import type { ClusterRuntime } from '../../cluster/cluster.ts';
import type { ResolverRuntime } from '../../cluster/resolver-runtime.ts';
import type { ListenerRuntime } from '../../listener/listener.ts';
import type { CompileError } from '../../match/compile-error.ts';
import type { RuntimeSource } from '../../match/fraction.ts';
import type { SecretRuntime } from '../../tls/secret.ts';
import type { AddressRuntime, SocketAddressRuntime } from '../address.ts';
import type { CompiledResource } from '../resources.ts';
import type { RuntimeLayerRuntime } from './runtime-layers.ts';

/** A compiled bootstrap. */
export interface BootstrapRuntime {
  /** Who this proxy is to control planes. */
  readonly node: Node | undefined;
  readonly listeners: readonly CompiledResource<ListenerRuntime>[];
  readonly clusters: readonly CompiledResource<ClusterRuntime>[];
  readonly secrets: readonly CompiledResource<SecretRuntime>[];
  readonly dynamic: DynamicRuntime;
  /** Undefined for no admin interface. */
  readonly admin: AdminRuntime | undefined;
  /** The cluster that this proxy is part of; empty where that is not known. */
  readonly localClusterName: string;
  /** Where connections come from of clusters that do not say it. */
  readonly bindAddress: SocketAddressRuntime | undefined;
  /** Who resolves the names of clusters that do not say it, those that are fetched included; undefined for the servers of the host. */
  readonly defaultResolver: ResolverRuntime | undefined;
  readonly runtimeLayers: readonly RuntimeLayerRuntime[];
  /** The layers merged. */
  readonly runtime: RuntimeSource;
  readonly stats: StatsRuntime;
  /** How many client connections there may be over all listeners; undefined where a runtime value says it, or nothing. */
  readonly maxDownstreamConnections: number | undefined;
  /** What connections to internal listeners may hold; undefined where the bootstrap does not switch those on. */
  readonly internalListenerBufferBytes: number | undefined;
}

/** What to subscribe to. */
export interface DynamicRuntime {
  /** The aggregated stream. */
  readonly ads: ApiConfigSource | undefined;
  /** All listeners. */
  readonly lds: ConfigSource | undefined;
  /** All clusters. */
  readonly cds: ConfigSource | undefined;
}

/** The admin interface. */
export interface AdminRuntime {
  readonly address: AddressRuntime;
  readonly ignoresGlobalLimit: boolean;
}

/** How statistics are kept. */
export interface StatsRuntime {
  /** Which there are, their tags and buckets; compiled by who keeps them. */
  readonly config: StatsConfig | undefined;
  /** How often intervals of histograms end. */
  readonly flushMs: number;
  /** Whether they end when someone asks for statistics instead. */
  readonly flushesOnAdmin: boolean;
  /** Shown as `server.version`. */
  readonly serverVersion: bigint | number | undefined;
}

/** A bootstrap, or everything that is wrong with it. */
export type BootstrapResult = Result<BootstrapRuntime, readonly CompileError[]>;
