/** Which HTTP a cluster speaks, and how long its connections live. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type {
  HttpProtocolOptionsJson as CommonOptionsJson,
  Http2ProtocolOptionsJson,
  UpstreamHttpProtocolOptionsJson,
} from '@weft/proto/envoy/config/core/v3/protocol';
import type { HttpProtocolOptionsJson } from '@weft/proto/envoy/extensions/upstreams/http/v3/http_protocol_options';
import { isHttp, type MeshSettings, type Protocol } from '../../mesh/index.ts';
import { defined } from '../json/defined.ts';
import { typed } from '../json/typed-config.ts';
import { optionalDurationJson } from '../json/values.ts';
import type { ConnectionPoolBlock } from './traffic-policy.ts';

/** What a cluster speaks: one version, or that of the client. */
export type UpstreamProtocol = 'http1' | 'http2' | 'downstream';

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
/** How long an answer to a ping may take when only the time between pings is said. */
const DEFAULT_PING_TIMEOUT = '20s';

/** What the protocol depends on. */
export interface ProtocolFacts {
  readonly protocol: Protocol;
  readonly pool: ConnectionPoolBlock | undefined;
  readonly settings: MeshSettings;
  /** Gateways do not find out what clients speak: they cannot tell whether the service speaks it too. */
  readonly isRouter: boolean;
  readonly isInbound: boolean;
}

/** What the cluster of a port speaks. */
export function upstreamProtocol({ protocol, pool, settings, isRouter, isInbound }: ProtocolFacts): UpstreamProtocol {
  if (!isInbound && isUpgraded(protocol, pool, settings)) return 'http2';
  if (pool?.http?.useClientProtocol === true) return 'downstream';
  if (protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-WEB') return 'http2';
  return protocol === 'auto' && !isRouter ? 'downstream' : 'http1';
}

/** The mesh upgrades only ports that are known to speak HTTP; a DestinationRule knows. */
function isUpgraded(protocol: Protocol, pool: ConnectionPoolBlock | undefined, { config }: MeshSettings): boolean {
  const own = pool?.http?.h2UpgradePolicy;
  if (own === 'UPGRADE') return true;
  if (own === 'DO_NOT_UPGRADE') return false;
  return isHttp(protocol) && config.h2UpgradePolicy === 'UPGRADE';
}

/** The options of a cluster; nothing when all are as they are without them. */
export function httpOptions(
  protocol: UpstreamProtocol,
  pool: ConnectionPoolBlock | undefined,
  upstream: UpstreamHttpProtocolOptionsJson | undefined,
): Pick<ClusterJson, 'typedExtensionProtocolOptions'> {
  const common = commonOptions(pool);
  if (protocol === 'http1' && common === undefined && upstream === undefined) return {};
  const options = defined<HttpProtocolOptionsJson>({
    commonHttpProtocolOptions: common,
    upstreamHttpProtocolOptions: upstream,
    ...protocolFields(protocol, pool),
  });
  return { typedExtensionProtocolOptions: { [OPTIONS]: typed(OPTIONS, options) } };
}

/** Options of clusters that pass requests on to where they were meant to go, in the protocol that they came in. */
export function passthroughOptions(): Pick<ClusterJson, 'typedExtensionProtocolOptions'> {
  return httpOptions('downstream', { http: { idleTimeout: '5m' } }, undefined);
}

function protocolFields(
  protocol: UpstreamProtocol,
  pool: ConnectionPoolBlock | undefined,
): Pick<HttpProtocolOptionsJson, 'explicitHttpConfig' | 'useDownstreamProtocolConfig'> {
  const http2ProtocolOptions = http2Options(pool);
  if (protocol === 'http2') return { explicitHttpConfig: { http2ProtocolOptions } };
  if (protocol === 'http1') return { explicitHttpConfig: { httpProtocolOptions: {} } };
  return { useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions } };
}

function http2Options(pool: ConnectionPoolBlock | undefined): Http2ProtocolOptionsJson {
  const { maxConcurrentStreams = 0, http2KeepAlive } = pool?.http ?? {};
  const interval = optionalDurationJson(http2KeepAlive?.interval);
  const timeout = optionalDurationJson(http2KeepAlive?.timeout) ?? DEFAULT_PING_TIMEOUT;
  return defined<Http2ProtocolOptionsJson>({
    maxConcurrentStreams: maxConcurrentStreams > 0 ? maxConcurrentStreams : undefined,
    connectionKeepalive: interval === undefined ? undefined : { interval, timeout },
  });
}

function commonOptions(pool: ConnectionPoolBlock | undefined): CommonOptionsJson | undefined {
  const { http = {}, tcp = {} } = pool ?? {};
  const { maxRequestsPerConnection = 0 } = http;
  const options = defined<CommonOptionsJson>({
    idleTimeout: optionalDurationJson(http.idleTimeout ?? tcp.idleTimeout),
    maxConnectionDuration: optionalDurationJson(tcp.maxConnectionDuration),
    maxRequestsPerConnection: maxRequestsPerConnection > 0 ? maxRequestsPerConnection : undefined,
  });
  return Object.keys(options).length === 0 ? undefined : options;
}
