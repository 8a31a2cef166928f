/** The whole proxy in a test: a bootstrap as data, running, with everything that it counts. */
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { type Clock, systemClock, systemRandom } from '@weft/core';
import { ALL_STATS, formatStats } from '@weft/telemetry';
import { captureLogger } from '@weft/testkit';
import type { XdsTransport } from '@weft/xds/client';
import { NO_ABILITIES, type ProxyAbilities } from '../server/abilities.ts';
import type { DrainStrategy } from '../server/listener-set.ts';
import { configSources, loadBootstrap } from '../server/load-bootstrap.ts';
import { ProxyServer } from '../server/proxy-server.ts';

/** A running proxy. */
export interface RunningProxy {
  readonly server: ProxyServer;
  /** The port of a listener. */
  port(listener: string): number;
  /** A counter or gauge by its full name; undefined when there is none. */
  stat(name: string): number | undefined;
  /** Every line of statistics that holds `part`. */
  stats(part: string): readonly string[];
  /** Every message of the log that holds `part`. */
  logs(part: string): readonly string[];
}

/** Starts a proxy that ends with the test; throws with every problem when the bootstrap is refused. */
export async function startProxy(
  t: TestContext,
  bootstrap: unknown,
  {
    clock = systemClock,
    abilities = NO_ABILITIES,
    drainTimeMs,
    drainStrategy = 'immediate',
    localSources = new Map(),
  }: {
    readonly clock?: Clock;
    readonly abilities?: ProxyAbilities;
    readonly drainTimeMs?: number;
    /** Clients are asked to leave at once unless given. */
    readonly drainStrategy?: DrainStrategy;
    readonly localSources?: ReadonlyMap<string, XdsTransport>;
  } = {},
): Promise<RunningProxy> {
  const surroundings = { env: {}, clock, uuid: () => 'uuid', abilities };
  const loaded = loadBootstrap(bootstrap, surroundings);
  if (loaded.kind === 'err') {
    throw new Error(loaded.error.map(({ path, reason }) => `${path}: ${reason}`).join('; '));
  }
  const log = captureLogger();
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const server = new ProxyServer({
    bootstrap: loaded.value,
    clock,
    random: systemRandom,
    logger: log.logger,
    streams,
    abilities,
    files: { sources: configSources(surroundings), parse: JSON.parse },
    document: bootstrap,
    ...(drainTimeMs === undefined ? {} : { drainTimeMs }),
    drainStrategy,
    localSources,
  });
  await server.start();
  t.after(() => server.close());
  const lines = () => [...formatStats(server.stats, ALL_STATS)].join('').split('\n');
  return {
    server,
    port: (name) => {
      const address = server.listeners.find((each) => each.name === name)?.addresses[0];
      if (address === undefined) throw new Error(`the bootstrap has no listener ${name}`);
      return Number(address.slice(address.lastIndexOf(':') + 1));
    },
    stat: (name) => {
      const line = lines().find((each) => each.startsWith(`${name}: `));
      return line === undefined ? undefined : Number(line.slice(name.length + 2));
    },
    logs: (part) => log.messages().filter((message) => message.includes(part)),
    stats: (part) => lines().filter((line) => line.includes(part)),
  };
}

/** A listener of a bootstrap on a port of its own. */
export function listener(name: string, parts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { name, stat_prefix: name, address: loopback(0), ...parts };
}

/** A static cluster of local servers. */
export function cluster(
  name: string,
  ports: readonly number[],
  parts: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const endpoints = ports.map((port) => ({ endpoint: { address: loopback(port) } }));
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
    ...parts,
  };
}

/** A tcp_proxy in front of a cluster. */
export function tcpProxy(cluster: string | undefined, parts: Readonly<Record<string, unknown>> = {}) {
  return {
    name: 'tcp',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      stat_prefix: 'tcp',
      ...(cluster === undefined ? {} : { cluster }),
      ...parts,
    },
  };
}

function loopback(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** TLS for a chain or a cluster. */
export function tlsSocket(context: Readonly<Record<string, unknown>>, role: 'Downstream' | 'Upstream' = 'Downstream') {
  return {
    name: 'tls',
    typed_config: {
      '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${role}TlsContext`,
      ...context,
    },
  };
}

/** A listener filter by the last parts of its type. */
export function listenerFilter(name: string, type: string, parts: Readonly<Record<string, unknown>> = {}) {
  const typeUrl = `type.googleapis.com/envoy.extensions.filters.listener.${type}`;
  return { name, typed_config: { '@type': typeUrl, ...parts } };
}

/** The inspector of TLS, which most listeners with several chains need. */
export const TLS_INSPECTOR_FILTER = listenerFilter('tls', 'tls_inspector.v3.TlsInspector');
