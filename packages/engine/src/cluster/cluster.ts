import type { Cluster } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { HttpProtocolOptions } from '@weft/proto/envoy/extensions/upstreams/http/v3/http_protocol_options';
import type { TcpProtocolOptions } from '@weft/proto/envoy/extensions/upstreams/tcp/v3/tcp_protocol_options';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import type { SocketAddressRuntime } from '../config/address.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { compileTransportSocket } from '../tls/transport-socket.ts';
import { UPSTREAM_TRANSPORTS, type UpstreamTransport } from '../tls/upstream-transports.ts';
import { type CircuitBreakersRuntime, compileCircuitBreakers } from './circuit-breakers.ts';
import { compileBalancing } from './cluster-balancing.ts';
import { compileBindConfig, compileTcpKeepalive, type KeepaliveRuntime } from './connection-options.ts';
import { compileDiscovery, type DiscoveryRuntime } from './discovery.ts';
import { compileHealthCheck, type HealthCheckRuntime } from './health-check.ts';
import type { LoadBalancingRuntime } from './load-balancing.ts';
import { compileOutlierDetection, type OutlierRuntime } from './outlier-detection.ts';
import { compileHttpProtocolOptions, compileLegacyHttp, type UpstreamHttpRuntime } from './upstream-http.ts';

/** A compiled cluster. */
export interface ClusterRuntime {
  readonly name: string;
  /** In the names of statistics. */
  readonly statName: string;
  readonly discovery: DiscoveryRuntime;
  readonly balancing: LoadBalancingRuntime;
  readonly healthChecks: readonly HealthCheckRuntime[];
  readonly outlierDetection: OutlierRuntime | undefined;
  readonly connectTimeoutMs: number;
  readonly connectionBufferBytes: number;
  readonly circuitBreakers: CircuitBreakersRuntime;
  readonly http: UpstreamHttpRuntime;
  /** A TCP connection that carries nothing is closed after this; 0 for never. */
  readonly tcpIdleTimeoutMs: number;
  readonly transport: UpstreamTransport;
  /** Other transports for hosts with certain metadata; the first that matches counts. */
  readonly transportMatches: readonly TransportMatchRuntime[];
  /** Undefined is off. */
  readonly keepalive: KeepaliveRuntime | undefined;
  /** Where connections come from; undefined leaves it to the system. */
  readonly bindAddress: SocketAddressRuntime | undefined;
  /** Connections for each stream that waits or runs; 1 connects when there is a need. */
  readonly preconnectRatio: number;
  readonly metadata: MetadataSource;
  /** Whether the proxy is not ready before the hosts of this cluster are known. */
  readonly waitsForWarm: boolean;
  /** Whether a host goes at once when discovery no longer has it, even if it is healthy. */
  readonly removesHealthyHosts: boolean;
}

/** A transport for some hosts. */
export interface TransportMatchRuntime {
  readonly name: string;
  /** What the `envoy.transport_socket_match` metadata of a host must have; nothing matches every host. */
  readonly criteria: Readonly<Record<string, unknown>>;
  readonly transport: UpstreamTransport;
}

/** One kind of options of `typed_extension_protocol_options`. */
type ProtocolOptions =
  | { readonly kind: 'http'; readonly http: UpstreamHttpRuntime }
  | { readonly kind: 'tcp'; readonly idleTimeoutMs: number };

/** All options of protocols. */
export const PROTOCOL_OPTIONS: ExtensionCategory<ProtocolOptions> = {
  name: 'envoy.upstream_options',
  what: 'protocol options',
  supported: [
    {
      name: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      typeName: 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      compile: (message, path, context) => {
        const http = compileHttpProtocolOptions(message as HttpProtocolOptions, path, context);
        return http && { kind: 'http', http };
      },
    },
    {
      name: 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions',
      typeName: 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions',
      compile: (message, path, context) => {
        const idle = compileOptionalMs((message as TcpProtocolOptions).idleTimeout, `${path}.idle_timeout`, context);
        return { kind: 'tcp', idleTimeoutMs: idle ?? DEFAULT_TCP_IDLE_MS };
      },
    },
  ],
  refused: {},
};

const DEFAULT_CONNECT_MS = 5000;
const DEFAULT_BUFFER_BYTES = 1024 * 1024;
const DEFAULT_TCP_IDLE_MS = 600_000;

/** Compiles a cluster; undefined when there was a problem. `path` may be empty. */
export function compileCluster(message: Cluster, path: string, context: ConfigContext): ClusterRuntime | undefined {
  const base = path === '' ? '' : `${path}.`;
  const before = context.problems.count;
  const discovery = compileDiscovery(message, base, context);
  const balancing = compileBalancing(message, base, context);
  const protocols = compileProtocols(message, base, context);
  const transports = compileTransports(message, base, context);
  const healthChecks = compileList(message.healthChecks, `${base}health_checks`, (check, at) =>
    compileHealthCheck(check, at, context),
  );
  const outliers = message.outlierDetection;
  const outlierDetection = outliers && compileOutlierDetection(outliers, `${base}outlier_detection`, context);
  const connectTimeoutMs =
    compileOptionalMs(message.connectTimeout, `${base}connect_timeout`, context) ?? DEFAULT_CONNECT_MS;
  const circuitBreakers = compileCircuitBreakers(message.circuitBreakers, `${base}circuit_breakers`, context);
  const bindAddress = compileBindConfig(message.upstreamBindConfig, `${base}upstream_bind_config`, context);
  if (discovery === undefined || balancing === undefined || protocols === undefined || transports === undefined) {
    return undefined;
  }
  if (healthChecks === undefined) return undefined;
  checkAlpn(protocols, transports, base, context);
  if (context.problems.count !== before) return undefined;
  return Object.freeze({
    name: message.name,
    statName: message.altStatName === '' ? message.name : message.altStatName,
    discovery,
    balancing,
    healthChecks: Object.freeze(healthChecks),
    outlierDetection,
    connectTimeoutMs,
    connectionBufferBytes: message.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_BYTES,
    circuitBreakers,
    ...protocols,
    ...transports,
    keepalive: compileTcpKeepalive(message.upstreamConnectionOptions),
    bindAddress,
    preconnectRatio: message.preconnectPolicy?.perUpstreamPreconnectRatio ?? 1,
    metadata: metadataOf(message.metadata),
    waitsForWarm: message.waitForWarmOnInit ?? true,
    removesHealthyHosts: message.ignoreHealthOnHostRemoval,
  });
}

type Protocols = Pick<ClusterRuntime, 'http' | 'tcpIdleTimeoutMs'>;

function compileProtocols(message: Cluster, base: string, context: ConfigContext): Protocols | undefined {
  let http: UpstreamHttpRuntime | undefined;
  let tcpIdleTimeoutMs = DEFAULT_TCP_IDLE_MS;
  const before = context.problems.count;
  for (const [name, typedConfig] of Object.entries(message.typedExtensionProtocolOptions)) {
    const at = `${base}typed_extension_protocol_options[${JSON.stringify(name)}]`;
    // Here, and only here, Envoy goes by the name.
    if (!PROTOCOL_OPTIONS.supported.some((each) => each.name === name)) {
      context.problems.add(
        at,
        `the name must be that of the options: ${PROTOCOL_OPTIONS.supported.map((each) => each.name).join(' or ')}`,
      );
      continue;
    }
    const options = compileExtension(PROTOCOL_OPTIONS, { name, typedConfig }, at, context)?.config;
    if (options?.kind === 'http') http = options.http;
    if (options?.kind === 'tcp') tcpIdleTimeoutMs = options.idleTimeoutMs;
  }
  // The options win over the older fields, which have to be right all the same.
  const legacy = compileLegacyHttp(message, base, context);
  return context.problems.count === before ? { http: http ?? legacy, tcpIdleTimeoutMs } : undefined;
}

type Transports = Pick<ClusterRuntime, 'transport' | 'transportMatches'>;

function compileTransports(message: Cluster, base: string, context: ConfigContext): Transports | undefined {
  const transport = compileTransportSocket(
    message.transportSocket,
    UPSTREAM_TRANSPORTS,
    `${base}transport_socket`,
    context,
  );
  const transportMatches = compileList(
    message.transportSocketMatches,
    `${base}transport_socket_matches`,
    ({ name, match, transportSocket }, at): TransportMatchRuntime | undefined => {
      if (transportSocket === undefined) return isMissing(at, 'transport_socket', context);
      const own = compileTransportSocket(transportSocket, UPSTREAM_TRANSPORTS, `${at}.transport_socket`, context);
      return own && { name, criteria: match ?? {}, transport: own };
    },
  );
  if (transport === undefined || transportMatches === undefined) return undefined;
  return { transport, transportMatches: Object.freeze(transportMatches) };
}

/** The protocol can only be what ALPN says where there is ALPN. */
function checkAlpn({ http }: Protocols, transports: Transports, base: string, context: ConfigContext): void {
  if (http.protocol !== 'auto') return;
  const all = [transports.transport, ...transports.transportMatches.map(({ transport }) => transport)];
  if (all.every(hasAlpn)) return;
  context.problems.add(`${base}transport_socket`, 'auto_config needs TLS, for ALPN is what tells the protocol');
}

function hasAlpn(transport: UpstreamTransport): boolean {
  return transport.kind === 'proxyProtocol' ? hasAlpn(transport.inner) : transport.kind === 'tls';
}
