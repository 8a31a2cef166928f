import { ACCESS_LOG, bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { hear, send, talk } from '../exchanges.ts';

const INSPECTOR =
  "{ name: tls, typed_config: { '@type': envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }";
const RBAC = "'@type': envoy.extensions.filters.network.rbac.v3.RBAC, stat_prefix: rbac";

function proxy(more: string, before: readonly string[] = [], inspectors = ''): { readonly yaml: string } {
  const own = `{ name: tcp, typed_config: { '@type': envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: tcp, ${more} } }`;
  return {
    yaml: `access_log: ${ACCESS_LOG}\nlistener_filters: [${inspectors}]\nfilter_chains: [{ filters: [${[...before, own].join(', ')}] }]`,
  };
}

function rbac(rules: string): string {
  return `{ name: rbac, typed_config: { ${RBAC}, ${rules} } }`;
}

const ANY = '[{ any: true }]';

/** TCP: clusters, half-closed connections, limits, access rules. */
export const tcp: EnvoyCase = {
  name: 'tcp',
  backends: { a: { kind: 'tcp' }, b: { kind: 'tcp' }, none: { kind: 'closed' } },
  bootstrap: bootstrap({
    listeners: {
      main: proxy('cluster: a'),
      weighted: proxy('weighted_clusters: { clusters: [{ name: a, weight: 1 }, { name: b, weight: 4294967 }] }'),
      refused: proxy('cluster: none, max_connect_attempts: 2'),
      unknown: proxy('cluster: unknown'),
      empty: proxy('cluster: empty'),
      idle: proxy('cluster: a, idle_timeout: 0.1s'),
      longest: proxy('cluster: a, max_downstream_connection_duration: 0.1s'),
      sni: proxy(
        'cluster: unknown',
        ["{ name: sni, typed_config: { '@type': envoy.extensions.filters.network.sni_cluster.v3.SniCluster } }"],
        INSPECTOR,
      ),
      limited: proxy('cluster: a', [
        "{ name: limit, typed_config: { '@type': envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit, stat_prefix: limited, max_connections: 1 } }",
      ]),
      'rate-limited': proxy('cluster: a', [
        "{ name: limit, typed_config: { '@type': envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit, stat_prefix: limited, token_bucket: { max_tokens: 1, fill_interval: 3600s } } }",
      ]),
      allowed: proxy('cluster: a', [
        rbac(
          `rules: { policies: { only: { permissions: ${ANY}, principals: [{ direct_remote_ip: { address_prefix: 127.0.0.2, prefix_len: 32 } }] } } }`,
        ),
      ]),
      denied: proxy('cluster: a', [
        rbac(`rules: { action: DENY, policies: { 'no entry': { permissions: ${ANY}, principals: ${ANY} } } }`),
      ]),
      shadow: proxy('cluster: a', [
        rbac(`shadow_rules: { action: DENY, policies: { only: { permissions: ${ANY}, principals: ${ANY} } } }`),
      ]),
      direct: {
        yaml: `access_log: ${ACCESS_LOG}\nfilter_chains: [{ filters: [{ name: direct, typed_config: { '@type': envoy.extensions.filters.network.direct_response.v3.Config, response: { inline_string: 'go away' } } }] }]`,
      },
      echo: {
        yaml: `access_log: ${ACCESS_LOG}\nfilter_chains: [{ filters: [{ name: echo, typed_config: { '@type': envoy.extensions.filters.network.echo.v3.Echo } }] }]`,
      },
      'no-chain': {
        yaml: `access_log: ${ACCESS_LOG}\nfilter_chains: [{ filter_chain_match: { destination_port: 1 }, filters: [] }]`,
      },
      'to-proxy-protocol': proxy('cluster: announced'),
      'to-proxy-protocol-2': proxy('cluster: announced-2'),
    },
    clusters: {
      a: 'a',
      b: 'b',
      none: 'none',
      'b.local': 'b',
      empty: { backends: '', more: 'load_assignment: { cluster_name: empty }' },
      announced: { backends: 'a', more: announce('V1') },
      'announced-2': { backends: 'a', more: announce('V2') },
    },
  }),
  exchanges: [
    talk('to and fro', [hear('hello from a\n'), send('one'), hear('one'), send('two'), hear('two')]),
    talk('half closed by the client', [
      hear('hello from a\n'),
      send('bye'),
      { kind: 'end' },
      hear('bye'),
      { kind: 'closed' },
    ]),
    talk('weighted', [hear('hello from b\n')], { listener: 'weighted' }),
    talk('refused by the upstream', [{ kind: 'closed' }], { listener: 'refused' }),
    talk('unknown cluster', [{ kind: 'closed' }], { listener: 'unknown' }),
    talk('no endpoint', [{ kind: 'closed' }], { listener: 'empty' }),
    talk('idle', [hear('hello from a\n'), { kind: 'closed' }], { listener: 'idle' }),
    talk('too long', [hear('hello from a\n'), { kind: 'closed' }], { listener: 'longest' }),
    { name: 'cluster by server name', listener: 'sni', tls: { serverName: 'b.local' }, steps: [] },
    talk('one connection too many', [{ kind: 'closed' }], { listener: 'limited', beside: 1, logs: 2 }),
    talk('within the rate', [hear('hello from a\n')], { listener: 'rate-limited' }),
    talk('beyond the rate', [{ kind: 'closed' }], { listener: 'rate-limited' }),
    talk('access: allowed', [hear('hello from a\n')], { listener: 'allowed', from: '127.0.0.2' }),
    talk('access: not allowed', [hear('hello from a\n'), send('hi'), { kind: 'closed' }], { listener: 'allowed' }),
    talk('access: denied', [hear('hello from a\n'), send('hi'), { kind: 'closed' }], { listener: 'denied' }),
    talk('access: would be denied', [hear('hello from a\n')], { listener: 'shadow' }),
    talk('direct response', [hear('go away')], { listener: 'direct' }),
    talk('echo', [send('hi'), hear('hi')], { listener: 'echo' }),
    talk('no filter chain', [{ kind: 'closed' }], { listener: 'no-chain' }),
    talk('PROXY protocol to the upstream', [hear('hello from a\n'), hear('\r\n'), send('hi'), hear('hi')], {
      listener: 'to-proxy-protocol',
    }),
    talk('PROXY protocol 2 to the upstream', [hear('hello from a\n'), send('hi'), hear('hi')], {
      listener: 'to-proxy-protocol-2',
    }),
  ],
  stats: [
    'tcp.tcp.downstream_cx_total',
    'tcp.tcp.downstream_cx_no_route',
    'tcp.tcp.idle_timeout',
    'cluster.none.upstream_cx_connect_attempts_exceeded',
    'connection_limit.limited.limited_connections',
    'local_rate_limit.limited.rate_limited',
    'rbac.rbac.allowed',
    'rbac.rbac.denied',
    'rbac.rbac.shadow_denied',
  ],
  mask: [
    ['PROXY TCP4 127.0.0.1 127.0.0.1 \\d+', 'PROXY TCP4 127.0.0.1 127.0.0.1 <port>'],
    ['(QUIT\\n![\\s\\S]{3}\\x7f\\x00\\x00\\x01\\x7f\\x00\\x00\\x01)[\\s\\S]{4}', '$1<two ports>'],
  ],
};

function announce(version: string): string {
  const type = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport';
  const raw = "{ name: raw, typed_config: { '@type': envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer } }";
  return `transport_socket: { name: announce, typed_config: { '@type': ${type}, config: { version: ${version} }, transport_socket: ${raw} } }`;
}
