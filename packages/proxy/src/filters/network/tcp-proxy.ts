import type { TcpProxyRuntime } from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import { createAccessLoggers } from '../../access-log/create-access-loggers.ts';
import { ConnectionRecord } from '../../tcp/connection-record.ts';
import { type TcpServices, TcpSession } from '../../tcp/tcp-session.ts';
import { TCP_STATS } from '../../tcp/tcp-stats.ts';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import type {
  DownstreamSetup,
  NetworkFilterPlace,
  TerminalFilterKind,
  TerminalNetworkFilter,
} from './network-filter.ts';

/** Passes the bytes of a chain's connections on to a cluster. */
export const TCP_PROXY: TerminalFilterKind = {
  typeName: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  create: ({ config }, place) => new TcpProxyFilter(config as TcpProxyRuntime, place),
};

class TcpProxyFilter implements TerminalNetworkFilter {
  readonly #scope: Scope;
  readonly #services: TcpServices;
  readonly #place: NetworkFilterPlace;
  readonly #sessions = new Set<TcpSession>();

  constructor(runtime: TcpProxyRuntime, place: NetworkFilterPlace) {
    const { clusters, clock, timers, random, stats } = place.services;
    this.#place = place;
    this.#scope = stats.scope('tcp', { tag: 'envoy.tcp_prefix', value: runtime.statPrefix });
    this.#services = {
      runtime,
      clusters,
      clock,
      timers,
      random,
      stats: this.#scope.block(TCP_STATS).values,
      logs: createAccessLoggers(runtime.accessLogs, place.services).map(
        (logger) => (record) => logger.log(record, 'TcpConnectionEnd'),
      ),
      handleEnd: (session) => this.#sessions.delete(session),
    };
  }

  take({ stream, connection, first, record }: DownstreamSetup): void {
    const session = new TcpSession(this.#services, record ?? this.#recordOf(connection), stream, first);
    this.#sessions.add(session);
    session.start();
  }

  /** Nothing in the bytes tells a client to leave: its connections end when the proxy does. */
  drain(): void {}

  endDrain(): void {}

  close(): void {
    for (const session of [...this.#sessions]) session.close();
    this.#scope.close();
  }

  get connectionCount(): number {
    return this.#sessions.size;
  }

  #recordOf(connection: ConnectionInfo): ConnectionRecord {
    const { chain, listener } = this.#place;
    const place = { filterChainName: chain.name, listenerMetadata: listener.metadata };
    return new ConnectionRecord(connection, place, this.#services.clock.now() * 1000);
  }
}
