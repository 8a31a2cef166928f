import { bootstrap, connectionLog } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { hear, refused, request, send, talk } from '../exchanges.ts';

const LOG = connectionLog({
  protocol: '%PROTOCOL%',
  tlsFailure: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
  tlsVersion: '%DOWNSTREAM_TLS_VERSION%',
  kind: '%ACCESS_LOG_TYPE%',
  path: '%REQ(:PATH)%',
});
const ECHO = "{ name: echo, typed_config: { '@type': envoy.extensions.filters.network.echo.v3.Echo } }";
const PROXY_PROTOCOL =
  "{ name: proxy, typed_config: { '@type': envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol } }";
const TLS =
  "transport_socket: { name: tls, typed_config: { '@type': envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: { tls_certificates: [{ certificate_chain: { filename: '$FILES/server.pem' }, private_key: { filename: '$FILES/server.key' } }] } } }";
const HTTP =
  "{ name: http, typed_config: { '@type': envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: http, route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { path: /direct }, direct_response: { status: 200, body: { inline_string: hello } } }] }] }, http_filters: [{ name: router, typed_config: { '@type': envoy.extensions.filters.http.router.v3.Router } }] } }";

function listener(chain: string, listenerFilters = ''): { readonly yaml: string } {
  return {
    yaml: `access_log: ${LOG}\nlistener_filters: [${listenerFilters}]\nfilter_chains: [{ name: chain, ${chain} }]`,
  };
}

/** The access log of a listener: a line for each connection that ends, whatever became of it. */
export const connectionLogs: EnvoyCase = {
  name: 'connection-log',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      http: listener(`filters: [${HTTP}]`),
      echo: listener(`filters: [${ECHO}]`),
      secure: listener(`filters: [${ECHO}], ${TLS}`),
      announced: listener(`filters: [${ECHO}]`, PROXY_PROTOCOL),
      nothing: listener('filters: []'),
    },
  }),
  exchanges: [
    request('a request', '/direct', { listener: 'http', method: 'POST', body: 'hello' }),
    refused('a request that is none', 'nonsense\r\n\r\n', { listener: 'http' }),
    talk('echo', [send('hi'), hear('hi')], { listener: 'echo' }),
    talk('an end', [send('hi'), hear('hi'), { kind: 'end' }, { kind: 'closed' }], { listener: 'echo' }),
    { name: 'TLS', listener: 'secure', tls: { serverName: 'test.local' }, steps: [send('hi'), hear('hi')] },
    talk('no TLS', [send('GET / HTTP/1.1\r\n\r\n'), { kind: 'closed' }], { listener: 'secure' }),
    talk('an address ahead', [send('PROXY TCP4 127.0.0.9 127.0.0.8 1 2\r\nhi'), hear('hi')], { listener: 'announced' }),
    talk('no address ahead', [send('hello there, I am nobody\r\n'), { kind: 'closed' }], { listener: 'announced' }),
    talk('no filters', [{ kind: 'closed' }], { listener: 'nothing' }),
  ],
};
