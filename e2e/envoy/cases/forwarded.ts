import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2 } from '../exchanges.ts';

const ROUTES = `
- match: { prefix: / }
  route: { cluster: echo }
  request_headers_to_add:
  - { header: { key: x-seen-remote, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' } }
  - { header: { key: x-seen-direct, value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%' } }
`;

const INTERNAL =
  'internal_address_config: { cidr_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }, { address_prefix: 10.0.0.0, prefix_len: 8 }] }';

const LISTENERS: Readonly<Record<string, string>> = {
  main: '',
  'trust-1': 'xff_num_trusted_hops: 1',
  edge: 'use_remote_address: true',
  'edge-trust-1': '{ use_remote_address: true, xff_num_trusted_hops: 1 }',
  'edge-internal': `{ use_remote_address: true, ${INTERNAL} }`,
  'edge-skip': '{ use_remote_address: true, skip_xff_append: true }',
  'inner-internal': `{ ${INTERNAL} }`,
  'unix-internal': 'internal_address_config: { unix_sockets: true }',
  represent: '{ use_remote_address: true, represent_ipv4_remote_address_as_ipv4_mapped_ipv6: true }',
  via: '{ via: mesh, server_name: mine, server_header_transformation: APPEND_IF_ABSENT }',
  'server-pass': 'server_header_transformation: PASS_THROUGH',
  'server-name': 'server_name: mine',
  'keep-id': '{ preserve_external_request_id: true, always_set_request_id_in_response: true }',
  'edge-keep-id': '{ use_remote_address: true, preserve_external_request_id: true }',
  'no-id': 'generate_request_id: false',
  detection: `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig, header_name: x-real-ip, allow_extension_to_set_address_as_trusted: true, reject_with_status: { code: Unauthorized } } }] }`,
  'detection-xff': `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig, xff_num_trusted_hops: 1 } }] }`,
  'xff-cidrs': `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig, xff_trusted_cidrs: { cidrs: [{ address_prefix: 127.0.0.0, prefix_len: 8 }, { address_prefix: 10.0.0.0, prefix_len: 8 }] }, skip_xff_append: false } }] }`,
  'xff-cidrs-other': `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig, xff_trusted_cidrs: { cidrs: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] } } }] }`,
  'detection-two': `{ ${INTERNAL}, original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig, header_name: x-real-ip } }, { name: y, typed_config: { '@type': envoy.extensions.http.original_ip_detection.xff.v3.XffConfig, skip_xff_append: false } }] }`,
  'detection-lax': `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig, header_name: x-real-ip } }] }`,
  'detection-odd': `{ original_ip_detection_extensions: [{ name: x, typed_config: { '@type': envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig, header_name: x-real-ip, reject_with_status: { code: OK } } }] }`,
  port: '{ append_x_forwarded_port: true, use_remote_address: true }',
  scheme: 'scheme_header_transformation: { scheme_to_overwrite: https }',
  'scheme-upstream': 'scheme_header_transformation: { match_upstream: true }',
  proxy100:
    'proxy_status_config: { remove_details: false, set_recommended_response_code: true, literal_proxy_name: px }',
};

const XFF: readonly (string | undefined)[] = [
  undefined,
  '1.2.3.4',
  '1.2.3.4, 10.1.1.1',
  '10.2.2.2',
  'garbage',
  '1.2.3.4,5.6.7.8:99',
  '::1',
  '',
];

/** Who the client is: x-forwarded-for and the headers about the request's way. */
export const forwarded: EnvoyCase = {
  name: 'forwarded',
  backends: { echo: { kind: 'http1' }, echo2: { kind: 'http2' } },
  bootstrap: bootstrap({
    listeners: {
      ...Object.fromEntries(Object.entries(LISTENERS).map(([name, hcm]) => [name, { routes: ROUTES, hcm }])),
      suppressed: { routes: ROUTES, router: 'suppress_envoy_headers: true' },
      'scheme-upstream-2': {
        routes: '- { match: { prefix: / }, route: { cluster: echo2 } }',
        hcm: 'scheme_header_transformation: { match_upstream: true }',
      },
      'child-span': { routes: ROUTES, router: 'start_child_span: true', hcm: 'add_user_agent: true' },
    },
    clusters: {
      echo: 'echo',
      echo2: {
        backends: 'echo2',
        more: `typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }`,
      },
    },
    more: 'node: { cluster: my-cluster, id: my-node }',
  }),
  exchanges: [
    ...[
      'main',
      'trust-1',
      'edge',
      'edge-trust-1',
      'edge-internal',
      'inner-internal',
      'detection-xff',
      'xff-cidrs',
    ].flatMap((listener) =>
      XFF.map((xff) =>
        request(`${listener}: ${xff ?? 'nothing'}`, '/', {
          listener,
          headers: xff === undefined ? {} : { 'x-forwarded-for': xff },
        }),
      ),
    ),
    ...['edge', 'main', 'edge-internal'].flatMap((listener) => [
      request(`${listener}: envoy headers from outside`, '/', {
        listener,
        headers: {
          'x-envoy-internal': 'true',
          'x-envoy-external-address': '9.9.9.9',
          'x-envoy-downstream-service-cluster': 'c',
          'x-envoy-downstream-service-node': 'n',
          'x-envoy-force-trace': '1',
          'x-envoy-upstream-alt-stat-name': 'a',
          'x-envoy-decorator-operation': 'o',
          'x-envoy-original-path': '/o',
          'x-envoy-ip-tags': 't',
          'x-envoy-max-retries': '2',
          'x-envoy-unknown': '1',
        },
      }),
      request(`${listener}: forwarded proto, host and port`, '/', {
        listener,
        headers: {
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'h.com',
          'x-forwarded-port': '99',
          forwarded: 'for=1.1.1.1',
        },
      }),
      request(`${listener}: a request id from outside`, '/', { listener, headers: { 'x-request-id': 'my-own' } }),
      request(`${listener}: a UUID from outside`, '/', {
        listener,
        headers: { 'x-request-id': '11111111-2222-1333-8444-555555555555' },
      }),
    ]),
    request('edge from another address', '/', { listener: 'edge', from: '127.0.0.2' }),
    request('skip append', '/', { listener: 'edge-skip', headers: { 'x-forwarded-for': '1.2.3.4' } }),
    request('as IPv6', '/', { listener: 'represent' }),
    request('as IPv6 from another address', '/', { listener: 'represent', from: '127.0.0.2' }),
    ...[
      '1.2.3.4, garbage, 10.1.1.1',
      '1.2.3.4,,10.1.1.1',
      '9.9.9.9, 1.2.3.4,10.1.1.1 , 127.0.0.9',
      '10.1.1.1,10.2.2.2',
    ].map((xff) => request(`xff-cidrs: ${xff}`, '/', { listener: 'xff-cidrs', headers: { 'x-forwarded-for': xff } })),
    request('xff-cidrs of others', '/', { listener: 'xff-cidrs-other', headers: { 'x-forwarded-for': '1.2.3.4' } }),
    ...([{}, { 'x-real-ip': '9.8.7.6' }, { 'x-forwarded-for': '10.1.1.1' }] as Readonly<Record<string, string>>[]).map(
      (headers) => request(`two detections: ${JSON.stringify(headers)}`, '/', { listener: 'detection-two', headers }),
    ),
    request('detection: no rejection', '/', { listener: 'detection-lax', headers: { 'x-real-ip': 'none' } }),
    request('detection: an odd status', '/', { listener: 'detection-odd', headers: { 'x-real-ip': 'none' } }),
    request2('scheme of the upstream: HTTP/2', '/', {
      listener: 'scheme-upstream-2',
      headers: { 'x-forwarded-proto': 'https', ':scheme': 'https' },
    }),
    request('a proto that is none', '/', { headers: { 'x-forwarded-proto': 'ftp' } }),
    request('proto in upper case', '/', { headers: { 'x-forwarded-proto': 'HTTPS' } }),
    request('two values of proto', '/', { headers: { 'x-forwarded-proto': 'https,http' } }),
    request('via and server', '/', {
      listener: 'via',
      headers: { via: '1.1 before', 'x-answer-head': 'server=theirs|via=1.0 them' },
    }),
    request('server: not there', '/', { listener: 'via' }),
    request('server: passed', '/', { listener: 'server-pass', headers: { 'x-answer-head': 'server=theirs' } }),
    request('server: passed, not there', '/', { listener: 'server-pass' }),
    request('server: overwritten', '/', { listener: 'server-name', headers: { 'x-answer-head': 'server=theirs' } }),
    request('request id: kept', '/', { listener: 'keep-id', headers: { 'x-request-id': 'my-own' } }),
    request('request id: made and told', '/', { listener: 'keep-id' }),
    request('request id: kept at the edge', '/', { listener: 'edge-keep-id', headers: { 'x-request-id': 'my-own' } }),
    request('request id: none', '/', { listener: 'no-id' }),
    request('request id: none made', '/', { listener: 'no-id', headers: { 'x-request-id': 'my-own' } }),
    request('request id: forced trace', '/', { listener: 'keep-id', headers: { 'x-client-trace-id': 'abc' } }),
    request('detection: by header', '/', { listener: 'detection', headers: { 'x-real-ip': '9.8.7.6' } }),
    request('detection: rejected', '/', { listener: 'detection', headers: { 'x-real-ip': 'none' } }),
    request('port', '/', { listener: 'port' }),
    request('port: there', '/', { listener: 'port', headers: { 'x-forwarded-port': '1' } }),
    request('scheme', '/', { listener: 'scheme' }),
    request('scheme of the upstream', '/', { listener: 'scheme-upstream' }),
    request('proxy-status', '/', { listener: 'proxy100', headers: { 'x-answer': 'reset' } }),
    request('envoy headers are suppressed', '/', { listener: 'suppressed' }),
    request('user agent of this node', '/', { listener: 'child-span' }),
    request('user agent of this node, given', '/', { listener: 'child-span', headers: { 'user-agent': 'curl' } }),
    request('hop by hop', '/', {
      headers: {
        connection: 'keep-alive, x-hop, te',
        'x-hop': '1',
        te: 'trailers, deflate',
        'keep-alive': '1',
        'proxy-connection': 'close',
        upgrade: 'foo',
      },
    }),
    request('hop by hop: connection names a kept one', '/', {
      headers: { connection: 'host, x-forwarded-for', 'x-forwarded-for': '1.1.1.1' },
    }),
    request('hop by hop of the response', '/', {
      headers: { 'x-answer-head': 'connection=x-hop|x-hop=1|keep-alive=timeout=5|proxy-connection=a|trailer=x' },
    }),
    request2('te over HTTP/2', '/', { headers: { te: 'trailers' } }),
    raw(
      'header names and values are kept',
      'GET / HTTP/1.1\r\nHost: test.local\r\nX-CaSe:  a  b \r\nx-empty:\r\nX-Case: second\r\n\r\n',
    ),
  ],
};
