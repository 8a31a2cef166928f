import { ACCESS_LOG, bootstrap } from '../bootstrap.ts';
import type { EnvoyCase, Exchange } from '../case.ts';
import { hear, send, talk } from '../exchanges.ts';

/** Chains that echo; the log has their names. */
function chain(name: string, match: string, tls = true): string {
  const socket = tls
    ? `transport_socket: { name: tls, typed_config: { '@type': envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: { alpn_protocols: [h2, http/1.1, istio], tls_certificates: [{ certificate_chain: { filename: '$FILES/server.pem' }, private_key: { filename: '$FILES/server.key' } }] } } }`
    : '';
  const filter = "{ name: echo, typed_config: { '@type': envoy.extensions.filters.network.echo.v3.Echo } }";
  return `- { name: ${name}, filter_chain_match: { ${match} }, filters: [${filter}] ${socket === '' ? '' : `, ${socket}`} }\n`;
}

const INSPECTOR =
  "{ name: tls, typed_config: { '@type': envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }";
const HTTP_INSPECTOR =
  "{ name: http, typed_config: { '@type': envoy.extensions.filters.listener.http_inspector.v3.HttpInspector } }";

function listener(chains: readonly string[], more = ''): { readonly yaml: string } {
  return {
    yaml: `access_log: ${ACCESS_LOG}\nlistener_filters: [${INSPECTOR}${more}]\nfilter_chains:\n${chains.join('')}`,
  };
}

function ask(name: string, parts: Partial<Exchange>): Exchange {
  return { name, ...parts, steps: [send('hello.'), hear('.')] };
}

/** Which filter chain takes a connection. */
export const filterChains: EnvoyCase = {
  name: 'filter-chains',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      names: listener([
        chain('exact', 'server_names: [www.example.com, Upper.example.com]'),
        chain('wild', "server_names: ['*.example.com']"),
        chain('wilder', "server_names: ['*.com', '*.b.example.com']"),
        chain('none', ''),
      ]),
      alpn: listener([
        chain('h2', 'application_protocols: [h2]'),
        chain('istio', 'application_protocols: [istio, istio-peer-exchange]'),
        chain('name-and-alpn', 'server_names: [a.local], application_protocols: [h2]'),
        chain('name-only', 'server_names: [b.local]'),
        chain('tls', 'transport_protocol: tls'),
        chain('raw', 'transport_protocol: raw_buffer', false),
      ]),
      http: listener(
        [
          chain('h2c', 'application_protocols: [h2c]', false),
          chain('http1', "application_protocols: ['http/1.1', 'http/1.0']", false),
          chain('rest', '', false),
        ],
        `, ${HTTP_INSPECTOR}`,
      ),
      'http-after-transport': listener(
        [
          chain('http1', "application_protocols: ['http/1.1']", false),
          chain('raw', 'transport_protocol: raw_buffer', false),
        ],
        `, ${HTTP_INSPECTOR}`,
      ),
      sources: listener([
        chain('source-32', 'source_prefix_ranges: [{ address_prefix: 127.0.0.3, prefix_len: 32 }]', false),
        chain('source-30', 'source_prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 30 }]', false),
        chain('source-8', 'source_prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }]', false),
        chain('direct-source', 'direct_source_prefix_ranges: [{ address_prefix: 127.0.0.9, prefix_len: 32 }]', false),
        chain('any', '', false),
      ]),
      types: listener([
        chain('local', 'source_type: SAME_IP_OR_LOOPBACK', false),
        chain('external', 'source_type: EXTERNAL', false),
        chain('all', 'source_type: ANY', false),
      ]),
      destinations: listener([
        chain('prefix-32', 'prefix_ranges: [{ address_prefix: 127.0.0.1, prefix_len: 32 }]', false),
        chain('prefix-8', 'prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }]', false),
      ]),
      port: listener([chain('port-1', 'destination_port: 1', false), chain('port-any', '', false)]),
      'no-backtrack': listener([
        chain(
          'prefix-then-name',
          'prefix_ranges: [{ address_prefix: 127.0.0.1, prefix_len: 32 }], server_names: [only.local]',
        ),
        chain('name-elsewhere', 'server_names: [other.local]'),
      ]),
      'no-backtrack-name': listener([
        chain('exact-h2', 'server_names: [a.local], application_protocols: [h2]'),
        chain('wild-any', "server_names: ['*.local']"),
        chain('any', ''),
      ]),
      default: {
        yaml: `access_log: ${ACCESS_LOG}\nlistener_filters: [${INSPECTOR}]\nfilter_chains:\n${chain('some', 'server_names: [a.local]')}default_filter_chain:\n${chain('fallback', '', false).replace(/^- /, '  ').replace(' filter_chain_match: {  },', '')}`,
      },
    },
  }),
  exchanges: [
    ...[
      'www.example.com',
      'WWW.Example.COM',
      'upper.example.com',
      'a.example.com',
      'a.b.example.com',
      'x.y.example.com',
      'example.com',
      'com',
      'other.org',
      undefined,
    ].map((serverName) =>
      ask(`names: ${serverName ?? 'none'}`, { listener: 'names', tls: serverName === undefined ? {} : { serverName } }),
    ),
    ask('alpn: h2', { listener: 'alpn', tls: { alpn: ['h2'] } }),
    ask('alpn: h2 is the second', { listener: 'alpn', tls: { alpn: ['istio', 'h2'] } }),
    ask('alpn: unknown', { listener: 'alpn', tls: { alpn: ['http/1.1'] } }),
    ask('alpn: none', { listener: 'alpn', tls: {} }),
    ask('alpn: with a name', { listener: 'alpn', tls: { serverName: 'a.local', alpn: ['h2'] } }),
    ask('alpn: a name with another protocol does not fall back', {
      listener: 'alpn',
      tls: { serverName: 'a.local', alpn: ['http/1.1'] },
    }),
    ask('alpn: a name alone', { listener: 'alpn', tls: { serverName: 'b.local', alpn: ['h2'] } }),
    talk('alpn: plain text', [send('hello'), hear('hello')], { listener: 'alpn' }),
    talk('http: HTTP/1.1', [send('GET / HTTP/1.1\r\n\r\n'), hear('GET / HTTP/1.1\r\n\r\n')], { listener: 'http' }),
    talk('http: HTTP/1.0', [send('GET / HTTP/1.0\r\n\r\n'), hear('GET / HTTP/1.0\r\n\r\n')], { listener: 'http' }),
    talk('http: HTTP/2', [send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), hear('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')], {
      listener: 'http',
    }),
    talk('http: something else', [send('SSH-2.0-x\r\n'), hear('SSH-2.0-x\r\n')], { listener: 'http' }),
    talk('http: the transport protocol comes first', [send('GET / HTTP/1.1\r\n\r\n'), hear('GET / HTTP/1.1\r\n\r\n')], {
      listener: 'http-after-transport',
    }),
    ...['127.0.0.1', '127.0.0.3', '127.0.0.5', '127.0.0.9'].map((from) => ({
      name: `sources: ${from}`,
      listener: 'sources',
      from,
      steps: [send('hello'), hear('hello')],
    })),
    ...['types', 'destinations', 'port'].map((name) => ({
      name,
      listener: name,
      steps: [send('hello'), hear('hello')],
    })),
    ask('no way back from an address to another', { listener: 'no-backtrack', tls: { serverName: 'other.local' } }),
    ask('the name with the address', { listener: 'no-backtrack', tls: { serverName: 'only.local' } }),
    ask('no way back from a name to a wildcard', {
      listener: 'no-backtrack-name',
      tls: { serverName: 'a.local', alpn: ['http/1.1'] },
    }),
    ask('a wildcard', { listener: 'no-backtrack-name', tls: { serverName: 'b.local', alpn: ['http/1.1'] } }),
    ask('default: the chain', { listener: 'default', tls: { serverName: 'a.local' } }),
    talk('default: no chain', [send('hello'), hear('hello')], { listener: 'default' }),
  ],
  stats: ['listener.127.0.0.1_0.no_filter_chain_match'],
};
