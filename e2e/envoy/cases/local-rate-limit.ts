import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
const ALWAYS =
  'filter_enabled: { default_value: { numerator: 100 } }, filter_enforced: { default_value: { numerator: 100 } }';
/** A bucket that never fills again while the case runs. */
const TWO = 'token_bucket: { max_tokens: 2, tokens_per_fill: 2, fill_interval: 3600s }';
/** A bucket of five for whatever has the one descriptor. */
const COUNTED = `token_bucket: { max_tokens: 100, fill_interval: 3600s }, ${ALWAYS}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [{ entries: [{ key: generic_key, value: v }], token_bucket: { max_tokens: 5, fill_interval: 3600s } }]`;
const GENERIC = 'actions: [{ generic_key: { descriptor_value: v } }]';

function route(path: string, limit: string, more = ''): string {
  return `- { match: { path: ${path} }, direct_response: { status: 200 }, ${more} typed_per_filter_config: { limit: { ${TYPE}, stat_prefix: ${path.slice(1)}, ${limit} } } }\n`;
}

/** Token buckets, with headers and descriptors. */
export const localRateLimit: EnvoyCase = {
  name: 'local-rate-limit',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `- { name: limit, typed_config: { ${TYPE}, stat_prefix: main } }`,
        routes: [
          route('/two', `${TWO}, ${ALWAYS}`),
          route(
            '/status',
            `${TWO}, ${ALWAYS}, status: { code: 503 }, response_headers_to_add: [{ header: { key: x-limited, value: '%RESPONSE_CODE%' } }], request_headers_to_add_when_not_enforced: [{ header: { key: x-a, value: b } }]`,
          ),
          route('/draft', `${TWO}, ${ALWAYS}, enable_x_ratelimit_headers: DRAFT_VERSION_03`),
          route('/not-enforced', `${TWO}, filter_enabled: { default_value: { numerator: 100 } }`),
          route('/not-enabled', TWO),
          route(
            '/grpc',
            `token_bucket: { max_tokens: 1, fill_interval: 3600s }, ${ALWAYS}, rate_limited_as_resource_exhausted: true`,
          ),
          route('/grpc-plain', `token_bucket: { max_tokens: 1, fill_interval: 3600s }, ${ALWAYS}`),
          route(
            '/descriptors',
            `token_bucket: { max_tokens: 3, tokens_per_fill: 3, fill_interval: 3600s }, ${ALWAYS}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [{ entries: [{ key: user, value: bob }], token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: 3600s } }]`,
          ).replace(
            'direct_response: { status: 200 }',
            'route: { cluster: none, rate_limits: [{ actions: [{ request_headers: { header_name: x-user, descriptor_key: user } }] }] }',
          ),
          route(
            '/retry-after',
            `token_bucket: { max_tokens: 1, fill_interval: 3600s }, ${ALWAYS}, enable_retry_after_header: true`,
          ),
          route('/hits', `${COUNTED}, rate_limits: [{ ${GENERIC}, hits_addend: { number: 2 } }]`),
          route('/hits-format', `${COUNTED}, rate_limits: [{ ${GENERIC}, hits_addend: { format: '%REQ(x-hits)%' } }]`),
          route(
            '/address',
            `${COUNTED}, rate_limits: [{ actions: [{ remote_address_match: { descriptor_key: generic_key, descriptor_value: v, address_matcher: { ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] } } }] }]`,
          ),
          route(
            '/open',
            `${TWO}, ${ALWAYS}, enable_x_ratelimit_headers: DRAFT_VERSION_03, always_consume_default_token_bucket: false, descriptors: [{ entries: [{ key: user }], token_bucket: { max_tokens: 1, fill_interval: 3600s } }], rate_limits: [{ actions: [{ request_headers: { header_name: x-user, descriptor_key: user } }] }]`,
          ),
        ].join(''),
      },
    },
    clusters: { none: { backends: '', more: 'load_assignment: { cluster_name: none }' } },
  }),
  exchanges: [
    ...[1, 2, 3].map((turn) => request(`two: ${turn}`, '/two')),
    ...[1, 2, 3].map((turn) => request(`status: ${turn}`, '/status')),
    ...[1, 2, 3].map((turn) => request(`draft: ${turn}`, '/draft')),
    ...[1, 2, 3].map((turn) => request(`not enforced: ${turn}`, '/not-enforced')),
    ...[1, 2, 3].map((turn) => request(`not enabled: ${turn}`, '/not-enabled')),
    ...[1, 2].map((turn) => request(`grpc: ${turn}`, '/grpc', { headers: { 'content-type': 'application/grpc' } })),
    ...[1, 2].map((turn) =>
      request(`grpc as unavailable: ${turn}`, '/grpc-plain', { headers: { 'content-type': 'application/grpc' } }),
    ),
    ...[1, 2].map((turn) => request(`retry after: ${turn}`, '/retry-after')),
    ...[1, 2, 3].map((turn) => request(`hits: ${turn}`, '/hits')),
    ...['3', '3', '2.9', 'x', '-1', ''].map((hits, i) =>
      request(`hits by format, ${i}: ${hits}`, '/hits-format', { headers: { 'x-hits': hits } }),
    ),
    request('address', '/address'),
    ...['bob', 'bob', 'eve', 'eve'].map((user, i) =>
      request(`open value, ${i}: ${user}`, '/open', { headers: { 'x-user': user } }),
    ),
    ...[1, 2].map((turn) => request(`descriptor: ${turn}`, '/descriptors', { headers: { 'x-user': 'bob' } })),
    ...[1, 2, 3].map((turn) => request(`no descriptor: ${turn}`, '/descriptors', { headers: { 'x-user': 'eve' } })),
  ],
  stats: [
    'two.http_local_rate_limit.enabled',
    'two.http_local_rate_limit.enforced',
    'two.http_local_rate_limit.ok',
    'two.http_local_rate_limit.rate_limited',
    'not-enforced.http_local_rate_limit.rate_limited',
    'not-enforced.http_local_rate_limit.enforced',
  ],
};
