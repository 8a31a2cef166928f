import { bootstrap, connectionLog } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { hear, send, talk } from '../exchanges.ts';

const LOG = connectionLog({
  kept: '%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers:TYPED)%',
  keptPlain: '%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers:PLAIN)%',
  protocol: '%PROTOCOL%',
  upstreamReason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
});

interface TunnelParts {
  /** How the backend is to answer. */
  readonly answer?: string;
  readonly head?: string;
  /** Further fields of tunneling_config. */
  readonly tunnel?: string;
  /** Further fields of tcp_proxy. */
  readonly more?: string;
}

function tunnel(cluster: string, { answer, head, tunnel: own, more }: TunnelParts = {}): { readonly yaml: string } {
  const headers = [
    "{ header: { key: x-from, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' } }",
    ...(answer === undefined ? [] : [`{ header: { key: x-answer, value: '${answer}' } }`]),
    ...(head === undefined ? [] : [`{ header: { key: x-answer-head, value: '${head}' } }`]),
    ...(own?.includes('use_post') === true ? ["{ header: { key: x-answer-tunnel, value: 'yes' } }"] : []),
  ];
  const config = `hostname: '%FILTER_CHAIN_NAME%:8080', headers_to_add: [${headers.join(', ')}]${own === undefined ? '' : `, ${own}`}`;
  const proxy = `{ name: tcp, typed_config: { '@type': envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: tcp, cluster: ${cluster}, tunneling_config: { ${config} }${more === undefined ? '' : `, ${more}`} } }`;
  return { yaml: `access_log: ${LOG}\nfilter_chains: [{ name: target.local, filters: [${proxy}] }]` };
}

const HTTP2 = `{ typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } } }`;
const KEEP = 'propagate_response_headers: true';

/** TCP that is carried in requests. */
export const tcpTunnels: EnvoyCase = {
  name: 'tcp-tunnels',
  backends: { one: { kind: 'http1' }, two: { kind: 'http2' }, none: { kind: 'closed' } },
  bootstrap: bootstrap({
    listeners: {
      http1: tunnel('one'),
      http2: tunnel('two'),
      'post-http2': tunnel('two', { tunnel: 'use_post: true, post_path: /tunnel' }),
      'post-http2-root': tunnel('two', { tunnel: 'use_post: true' }),
      'kept-http1': tunnel('one', { head: 'x-extra=1|x-extra=2|x-other=o', tunnel: KEEP }),
      'kept-http2': tunnel('two', { head: 'x-extra=1', tunnel: KEEP }),
      'refused-http1': tunnel('one', { answer: '503', tunnel: KEEP }),
      'refused-http2': tunnel('two', { answer: '503', tunnel: KEEP }),
      'created-http2': tunnel('two', { answer: '201' }),
      'again-http1': tunnel('one', { answer: '503,200', more: 'max_connect_attempts: 2' }),
      'again-http2': tunnel('two', { answer: '503,200', more: 'max_connect_attempts: 2' }),
      'exceeded-http2': tunnel('two', { answer: '503', more: 'max_connect_attempts: 2' }),
      'reset-http2': tunnel('two', { answer: 'reset' }),
      'reset-http1': tunnel('one', { answer: 'reset' }),
      'early-http2': tunnel('two', { answer: 'early' }),
      none: tunnel('none'),
      idle: tunnel('two', { more: 'idle_timeout: 0.1s' }),
    },
    clusters: { one: 'one', two: { backends: 'two', more: HTTP2 }, none: 'none' },
  }),
  exchanges: [
    ...['http1', 'kept-http1', 'again-http1'].map((listener) =>
      talk(listener, [hear('hello from one\n'), send('ping'), hear('ping')], { listener }),
    ),
    ...['http2', 'post-http2', 'post-http2-root', 'kept-http2', 'again-http2'].map((listener) =>
      talk(listener, [hear('hello from two\n'), send('ping'), hear('ping')], { listener }),
    ),
    talk(
      'half closed over HTTP/2',
      [hear('hello from two\n'), send('bye'), { kind: 'end' }, hear('bye'), { kind: 'closed' }],
      {
        listener: 'http2',
      },
    ),
    ...[
      'refused-http1',
      'refused-http2',
      'created-http2',
      'exceeded-http2',
      'reset-http1',
      'reset-http2',
      'early-http2',
      'none',
    ].map((listener) => talk(listener, [{ kind: 'closed' }], { listener })),
    talk('idle', [hear('hello from two\n'), { kind: 'closed' }], { listener: 'idle' }),
  ],
  stats: [
    'tcp.tcp.downstream_cx_total',
    'tcp.tcp.downstream_cx_rx_bytes_total',
    'tcp.tcp.downstream_cx_tx_bytes_total',
    'tcp.tcp.idle_timeout',
    'cluster.two.upstream_cx_total',
    'cluster.two.upstream_cx_active',
    'cluster.two.upstream_rq_total',
    'cluster.two.upstream_rq_active',
    'cluster.two.upstream_cx_connect_attempts_exceeded',
    'cluster.one.upstream_rq_total',
    'cluster.one.upstream_rq_active',
    'cluster.one.upstream_cx_connect_attempts_exceeded',
    'cluster.none.upstream_cx_connect_fail',
    'cluster.none.upstream_rq_total',
  ],
};
