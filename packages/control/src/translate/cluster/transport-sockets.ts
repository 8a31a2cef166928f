/** Transport sockets of connections that the proxy opens. */

import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { TransportSocketJson } from '@weft/proto/envoy/config/core/v3/base';
import type { UpstreamTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { MUTUAL_TLS_MATCH } from '../endpoint/place.ts';
import { typed } from '../json/typed-config.ts';

/** The fields of a cluster that say how bytes are carried. */
export type TransportFields = Pick<ClusterJson, 'transportSocket' | 'transportSocketMatches'>;

/** Versions of the PROXY protocol. */
export type ProxyProtocolVersion = 'V1' | 'V2';

const PLAIN: TransportSocketJson = Object.freeze({
  name: 'envoy.transport_sockets.raw_buffer',
  typedConfig: typed('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {}),
});

/** TLS with every endpoint. */
export function tlsFields(context: UpstreamTlsContextJson): TransportFields {
  return { transportSocket: tlsSocket(context) };
}

/** TLS with endpoints that are marked as speaking it, plain bytes with others (SEMANTICS 19). */
export function tlsByEndpoint(context: UpstreamTlsContextJson): TransportFields {
  return {
    transportSocketMatches: [
      { name: 'tlsMode-istio', match: MUTUAL_TLS_MATCH, transportSocket: tlsSocket(context) },
      { name: 'tlsMode-disabled', match: {}, transportSocket: PLAIN },
    ],
  };
}

/** The same, with a PROXY header before everything else. */
export function withProxyProtocol(fields: TransportFields, version: ProxyProtocolVersion): TransportFields {
  const { transportSocketMatches, transportSocket } = fields;
  if (transportSocketMatches !== undefined) {
    return {
      transportSocketMatches: transportSocketMatches.map((match) => ({
        ...match,
        transportSocket: proxyProtocolSocket(match.transportSocket ?? PLAIN, version),
      })),
    };
  }
  return { transportSocket: proxyProtocolSocket(transportSocket ?? PLAIN, version) };
}

function tlsSocket(context: UpstreamTlsContextJson): TransportSocketJson {
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', context),
  };
}

function proxyProtocolSocket(inner: TransportSocketJson, version: ProxyProtocolVersion): TransportSocketJson {
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typedConfig: typed('envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport', {
      config: { version },
      transportSocket: inner,
    }),
  };
}
