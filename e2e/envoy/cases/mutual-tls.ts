import { bootstrap, type HttpListener } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const DOWNSTREAM = 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';
const CERTIFICATES =
  "tls_certificates: [{ certificate_chain: { filename: '$FILES/server.pem' }, private_key: { filename: '$FILES/server.key' } }]";
const TRUST = "validation_context: { trusted_ca: { filename: '$FILES/ca.pem' } }";
const ROUTES = `
- { name: presented, match: { path: /presented, tls_context: { presented: true } }, route: { cluster: echo } }
- { name: validated, match: { path: /validated, tls_context: { validated: true } }, route: { cluster: echo } }
- { name: not-validated, match: { path: /validated, tls_context: { validated: false } }, route: { cluster: echo } }
- { name: not-presented, match: { path: /presented, tls_context: { presented: false } }, route: { cluster: echo } }
- name: values
  match: { path: /values }
  route: { cluster: echo }
  request_headers_to_add:
  - { header: { key: x-peer-uri, value: '%DOWNSTREAM_PEER_URI_SAN%' } }
  - { header: { key: x-peer-subject, value: '%DOWNSTREAM_PEER_SUBJECT%' } }
  - { header: { key: x-local-subject, value: '%DOWNSTREAM_LOCAL_SUBJECT%' } }
  - { header: { key: x-local-dns, value: '%DOWNSTREAM_LOCAL_DNS_SAN%' } }
  - { header: { key: x-version, value: '%DOWNSTREAM_TLS_VERSION%' } }
  - { header: { key: x-server-name, value: '%REQUESTED_SERVER_NAME%' } }
- { name: all, match: { prefix: / }, route: { cluster: echo } }
`;

function secure(hcm: string, validation = TRUST, require = false): HttpListener {
  return {
    routes: ROUTES,
    hcm,
    chain: `transport_socket: { name: tls, typed_config: { '@type': ${DOWNSTREAM}, require_client_certificate: ${require}, common_tls_context: { alpn_protocols: [h2, http/1.1], ${CERTIFICATES}, ${validation} } } }`,
  };
}

const ALL = 'set_current_client_cert_details: { subject: true, uri: true, dns: true }';
const RBAC = "'@type': envoy.extensions.filters.http.rbac.v3.RBAC";

/** Client certificates: who must show one, and what the upstream is told. */
export const mutualTls: EnvoyCase = {
  name: 'mutual-tls',
  backends: { echo: { kind: 'http1' }, secure: { kind: 'http1', tls: true }, secure2: { kind: 'http2', tls: true } },
  bootstrap: bootstrap({
    listeners: {
      main: secure(''),
      sanitize: secure(`{ forward_client_cert_details: SANITIZE, ${ALL} }`),
      forward: secure(`{ forward_client_cert_details: FORWARD_ONLY, ${ALL} }`),
      append: secure(`{ forward_client_cert_details: APPEND_FORWARD, ${ALL} }`),
      set: secure(`{ forward_client_cert_details: SANITIZE_SET, ${ALL} }`),
      'set-uri': secure(
        '{ forward_client_cert_details: SANITIZE_SET, set_current_client_cert_details: { uri: true } }',
      ),
      always: secure(`{ forward_client_cert_details: ALWAYS_FORWARD_ONLY, ${ALL} }`),
      required: secure('', TRUST, true),
      'plain-append': { routes: ROUTES, hcm: `{ forward_client_cert_details: APPEND_FORWARD, ${ALL} }` },
      'plain-always': { routes: ROUTES, hcm: `{ forward_client_cert_details: ALWAYS_FORWARD_ONLY, ${ALL} }` },
      'right-name': secure(
        '',
        "validation_context: { trusted_ca: { filename: '$FILES/ca.pem' }, match_typed_subject_alt_names: [{ san_type: URI, matcher: { prefix: 'spiffe://cluster.local/ns/default/' } }] }",
      ),
      'wrong-name': secure(
        '',
        "validation_context: { trusted_ca: { filename: '$FILES/ca.pem' }, match_typed_subject_alt_names: [{ san_type: URI, matcher: { exact: 'spiffe://other' } }] }",
      ),
      principal: {
        ...secure(''),
        filters: `- { name: rbac, typed_config: { ${RBAC}, rules: { policies: { only: { permissions: [{ any: true }], principals: [{ authenticated: { principal_name: { exact: 'spiffe://cluster.local/ns/default/sa/client' } } }] } } } } }`,
      },
      outward: {
        routes: `
        - { match: { path: /trusted }, route: { cluster: trusted } }
        - { match: { path: /wrong-name }, route: { cluster: wrong-name } }
        - { match: { path: /untrusted }, route: { cluster: untrusted } }
        - { match: { path: /plain-to-tls }, route: { cluster: plain-to-tls } }
        - { match: { path: /tls-to-plain }, route: { cluster: tls-to-plain } }
        - { match: { path: /h2 }, route: { cluster: h2 } }
        `,
      },
    },
    clusters: {
      echo: 'echo',
      'plain-to-tls': 'secure',
      'tls-to-plain': { backends: 'echo', more: upstream(TRUST) },
      trusted: {
        backends: 'secure',
        more: upstream(
          `${TRUST}, tls_certificates: [{ certificate_chain: { filename: '$FILES/client.pem' }, private_key: { filename: '$FILES/client.key' } }]`,
        ),
      },
      'wrong-name': {
        backends: 'secure',
        more: upstream(
          "validation_context: { trusted_ca: { filename: '$FILES/ca.pem' }, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: other.local } }] }",
        ),
      },
      untrusted: {
        backends: 'secure',
        more: upstream("validation_context: { trusted_ca: { filename: '$FILES/client.pem' } }"),
      },
      h2: {
        backends: 'secure2',
        more: `{ ${upstream(`${TRUST}, alpn_protocols: [h2]`)}, typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, auto_config: {} } } }`,
      },
    },
  }),
  exchanges: [
    ...['main', 'sanitize', 'forward', 'append', 'set', 'set-uri', 'always'].flatMap((listener) => [
      request(`${listener}: with a certificate`, '/', {
        listener,
        tls: { isAuthenticated: true },
        headers: { 'x-forwarded-client-cert': 'By=a;Hash=b' },
      }),
      request(`${listener}: without`, '/', {
        listener,
        tls: {},
        headers: { 'x-forwarded-client-cert': 'By=a;Hash=b' },
      }),
    ]),
    ...['plain-append', 'plain-always'].map((listener) =>
      request(`${listener}: with a header`, '/', { listener, headers: { 'x-forwarded-client-cert': 'By=a;Hash=b' } }),
    ),
    request('append without one before', '/', { listener: 'append', tls: { isAuthenticated: true } }),
    request('presented', '/presented', { tls: { isAuthenticated: true } }),
    request('not presented', '/presented', { tls: {} }),
    request('validated', '/validated', { tls: { isAuthenticated: true } }),
    request('not validated', '/validated', { tls: {} }),
    request('values', '/values', { tls: { isAuthenticated: true, serverName: 'test.local' } }),
    request('required: with', '/', { listener: 'required', tls: { isAuthenticated: true } }),
    request('required: without', '/', { listener: 'required', tls: {}, logs: 0 }),
    request('required: plain text', '/', { listener: 'required', logs: 0 }),
    request('the right name', '/', { listener: 'right-name', tls: { isAuthenticated: true } }),
    request('the wrong name', '/', { listener: 'wrong-name', tls: { isAuthenticated: true }, logs: 0 }),
    request('the wrong name: without a certificate', '/', { listener: 'wrong-name', tls: {}, logs: 0 }),
    request('principal: with', '/', { listener: 'principal', tls: { isAuthenticated: true } }),
    request('principal: without', '/', { listener: 'principal', tls: {} }),
    request2('HTTP/2 by ALPN', '/', {
      listener: 'set',
      tls: { isAuthenticated: true, alpn: ['h2'] },
      headers: { ':scheme': 'https' },
    }),
    request('outward: trusted', '/trusted', { listener: 'outward' }),
    request('outward: the wrong name', '/wrong-name', { listener: 'outward' }),
    request('outward: untrusted', '/untrusted', { listener: 'outward' }),
    request('outward: plain to TLS', '/plain-to-tls', { listener: 'outward' }),
    request('outward: TLS to plain', '/tls-to-plain', { listener: 'outward' }),
    request('outward: HTTP/2 by ALPN', '/h2', { listener: 'outward' }),
  ],
  stats: [
    'listener.ssl.handshake',
    'cluster.untrusted.ssl.fail_verify_error',
    'cluster.wrong-name.ssl.fail_verify_san',
    'cluster.trusted.ssl.handshake',
  ],
  mask: [
    ['Cert="[^"]*"', 'Cert=<cert>'],
    ['0x[0-9a-f]+', '<address>'],
  ],
};

function upstream(context: string): string {
  const type = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
  return `transport_socket: { name: tls, typed_config: { '@type': ${type}, sni: test.local, common_tls_context: { ${context} } } }`;
}
