import type { HttpFilterRuntime, HttpManagerRuntime, RouteConfigRuntime, RouterRuntime } from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import { createAccessLoggers } from '../../access-log/create-access-loggers.ts';
import { http1StatsIn, http2StatsIn } from '../../http/codec-stats.ts';
import { HttpManager } from '../../http/manager/http-manager.ts';
import { firstOwnAddress } from '../../http/manager/incoming/proxy-identity.ts';
import { Router } from '../../router/router.ts';
import { RouterStats } from '../../router/router-stats.ts';
import { sourcedKeyOf } from '../../xds/sourced-key.ts';
import { HTTP_FILTER_KINDS, ROUTER_TYPE } from '../http/all.ts';
import type { HttpFilterFactory, HttpFilterPlace } from '../http/filter.ts';
import type { DownstreamSetup, TerminalFilterKind, TerminalNetworkFilter } from './network-filter.ts';

/** Speaks HTTP with the clients of a chain. */
export const HTTP_CONNECTION_MANAGER: TerminalFilterKind = {
  typeName: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  create: ({ config }, { chain, listener, services }) => {
    const runtime = config as HttpManagerRuntime;
    const router = runtime.filters.find(({ typeName }) => typeName === ROUTER_TYPE)?.config as RouterRuntime;
    const options = {
      clusters: services.clusters,
      stats: new RouterStats(services.stats),
      runtime: router,
    };
    const source = runtime.routes;
    const inline = source.kind === 'inline' ? (source.routes as RouteConfigRuntime) : undefined;
    const routesKey = source.kind === 'rds' ? sourcedKeyOf(source.name, source.source) : '';
    const scope = services.stats.scope('http', { tag: 'envoy.http_conn_manager_prefix', value: runtime.statPrefix });
    const codecScopes = [services.stats.scope('http1'), services.stats.scope('http2')] as const;
    const manager = new HttpManager({
      runtime,
      clock: services.clock,
      random: services.random,
      timers: services.timers,
      deadlines: services.deadlines,
      scope,
      http1Stats: http1StatsIn(codecScopes[0]),
      http2Stats: http2StatsIn(codecScopes[1]),
      routes: inline === undefined ? () => services.routes(routesKey) : () => inline,
      runtimeValues: services.runtimeValues,
      factories: createFactories(runtime.filters, { services, scope }),
      upgradeFactories: new Map(
        [...runtime.upgrades].flatMap(([name, { filters }]) =>
          filters === undefined ? [] : [[name, createFactories(filters, { services, scope })] as const],
        ),
      ),
      identity: { host: firstOwnAddress(), nodeId: '', cluster: services.localCluster },
      createTerminal: (stream) => new Router(stream, options),
      logs: createAccessLoggers(runtime.accessLogs, services),
      bufferLimitBytes: listener.connectionBufferBytes,
    });
    return new ManagerFilter(manager, [scope, ...codecScopes], chain.name, listener.metadata);
  },
};

/** Those of a chain, without its router. */
function createFactories(filters: readonly HttpFilterRuntime[], place: HttpFilterPlace): readonly HttpFilterFactory[] {
  return filters.filter(({ typeName }) => typeName !== ROUTER_TYPE).map((filter) => createFactory(filter, place));
}

function createFactory(filter: HttpFilterRuntime, place: HttpFilterPlace): HttpFilterFactory {
  const kind = HTTP_FILTER_KINDS.find(({ typeName }) => typeName === filter.typeName);
  if (kind === undefined) throw new Error(`bug: filter ${filter.typeName} was not refused`);
  return kind.create(filter, place);
}

class ManagerFilter implements TerminalNetworkFilter {
  readonly #manager: HttpManager;
  readonly #scopes: readonly Scope[];
  readonly #chainName: string;
  readonly #metadata: Readonly<Record<string, unknown>>;

  constructor(
    manager: HttpManager,
    scopes: readonly Scope[],
    chainName: string,
    metadata: Readonly<Record<string, unknown>>,
  ) {
    this.#manager = manager;
    this.#scopes = scopes;
    this.#chainName = chainName;
    this.#metadata = metadata;
  }

  take({ stream, connection, first, record }: DownstreamSetup): void {
    const filterState = record?.wholeFilterState;
    const origin = { filterChainName: this.#chainName, listenerMetadata: this.#metadata, filterState };
    this.#manager.accept(stream, connection, origin, first);
  }

  drain(withinMs: number): void {
    this.#manager.drain(withinMs);
  }

  endDrain(): void {
    this.#manager.endDrain();
  }

  close(): void {
    this.#manager.close();
    for (const scope of this.#scopes) scope.close();
  }

  get connectionCount(): number {
    return this.#manager.connectionCount;
  }
}
