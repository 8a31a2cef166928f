import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create as esCreate } from '@bufbuild/protobuf';
import { ClusterSchema } from '../../gen/envoy/config/cluster/v3/cluster_pb.ts';
import { fromJson } from '../json/from-json.ts';
import { Problems } from '../problems.ts';
import { validate } from './validate.ts';

function problems(typeName: string, json: unknown): string[] {
  const report = new Problems();
  const message = fromJson(typeName, json, report);
  assert.equal(report.toString(), '');
  validate(message!, report);
  return report.list.map(({ path, reason }) => `${path}: ${reason}`);
}

/** The reasons are those of Envoy 1.40 for the same fields; it stops at the first. */
const CLUSTERS: readonly [object, string][] = [
  [{ name: '' }, 'name: value length must be at least 1 characters'],
  [{ type: 99 }, 'type: value must be one of the defined enum values'],
  [{ connect_timeout: '0s' }, 'connect_timeout: value must be greater than 0s'],
  [{ dns_refresh_rate: '0.0001s' }, 'dns_refresh_rate: value must be greater than 0.001s'],
  [
    { load_assignment: { cluster_name: 'x', endpoints: [{ priority: 200 }] } },
    'load_assignment.endpoints[0].priority: value must be less than or equal to 128',
  ],
  [
    { circuit_breakers: { thresholds: [{ retry_budget: { budget_percent: { value: 101 } } }] } },
    'circuit_breakers.thresholds[0].retry_budget.budget_percent.value: value must be inside range [0, 100]',
  ],
  [
    { ring_hash_lb_config: { minimum_ring_size: 10_000_000_000 } },
    'ring_hash_lb_config.minimum_ring_size: value must be less than or equal to 8388608',
  ],
  [
    { metadata: { filter_metadata: { '': {} } } },
    'metadata.filter_metadata[""]: value length must be at least 1 characters',
  ],
  [
    { dns_resolvers: [{}] },
    'dns_resolvers[0].address: value is required: one of socket_address, pipe, envoy_internal_address',
  ],
  [
    { lb_subset_config: { fallback_policy: 9 } },
    'lb_subset_config.fallback_policy: value must be one of the defined enum values',
  ],
];

const OTHERS: readonly [string, object, string][] = [
  ['envoy.config.route.v3.RateLimit.HitsAddend', { format: 'x%' }, 'format: value does not have prefix "%"'],
  ['envoy.config.route.v3.RateLimit.HitsAddend', { format: '%x' }, 'format: value does not have suffix "%"'],
  [
    'envoy.config.route.v3.RouteMatch',
    { path_separated_prefix: '/a/' },
    'path_separated_prefix: value does not match regex pattern "^[^?#]+[^?#/]$"',
  ],
  [
    'envoy.config.core.v3.HealthCheck.HttpHealthCheck',
    { path: 'a\rb' },
    'path: value does not match regex pattern "^[^\\x00-\\b\\n-\\x1f\\x7f]*$"',
  ],
  ['envoy.config.core.v3.HeaderValue', { key: 'a\n' }, 'key: value does not match regex pattern "^[^\\x00\\n\\r]*$"'],
  ['envoy.config.core.v3.HeaderValue', { key: 'k'.repeat(16385) }, 'key: value length must be at most 16384 bytes'],
  [
    'envoy.config.core.v3.GrpcService.EnvoyGrpc',
    { cluster_name: 'c', authority: 'é'.repeat(8193) },
    'authority: value length must be at most 16384 bytes',
  ],
  ['envoy.config.route.v3.VirtualHost', { name: 'v' }, 'domains: value must contain at least 1 item(s)'],
  [
    'envoy.config.route.v3.VirtualHost',
    { name: 'v', domains: ['a\nb'] },
    'domains[0]: value does not match regex pattern "^[^\\x00\\n\\r]*$"',
  ],
  [
    'envoy.config.route.v3.VirtualHost',
    {
      name: 'v',
      domains: ['*'],
      request_headers_to_add: Array.from({ length: 1001 }, () => ({ header: { key: 'k' } })),
    },
    'request_headers_to_add: value must contain no more than 1000 item(s)',
  ],
  [
    'envoy.config.route.v3.InternalRedirectPolicy',
    { response_headers_to_copy: ['a', 'a'] },
    'response_headers_to_copy: repeated value must contain unique items',
  ],
  ['envoy.config.tap.v3.OutputConfig', {}, 'sinks: value must contain exactly 1 item(s)'],
  ['envoy.service.rate_limit_quota.v3.BucketId', {}, 'bucket: value must contain at least 1 pair(s)'],
  [
    'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
    { path_template: '𐀀'.repeat(257) },
    'path_template: value length must be between 1 and 256 characters, inclusive',
  ],
  [
    'envoy.data.dns.v3.DnsTable.DnsServiceTarget',
    { host_name: 'a b' },
    'host_name: value does not match regex pattern "^:?[0-9a-zA-Z!#$%&\'*+-.^_|~\\x60]+$"',
  ],
  [
    'envoy.config.core.v3.QuicKeepAliveSettings',
    { initial_interval: '0.5s' },
    'initial_interval: value must be outside range (0s, 1s)',
  ],
  [
    'envoy.config.core.v3.HeaderValue',
    { key: 'k', raw_value: 'A'.repeat(4 * 5462) },
    'raw_value: value length must be between 0 and 16384 bytes, inclusive',
  ],
  ['envoy.config.rbac.v3.Permission', { any: false }, 'any: value must equal true'],
];

describe('validate', () => {
  for (const [cluster, expected] of CLUSTERS) {
    it(`says ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(problems('envoy.config.cluster.v3.Cluster', { name: 'c', ...cluster }), [expected]);
    });
  }

  for (const [typeName, json, expected] of OTHERS) {
    it(`says ${JSON.stringify(expected)} of a ${typeName}`, () => {
      assert.deepEqual(problems(typeName, json), [expected]);
    });
  }

  it('collects all problems', () => {
    assert.deepEqual(problems('envoy.config.cluster.v3.Cluster', { health_checks: [{}], connect_timeout: '-1s' }), [
      'name: value length must be at least 1 characters',
      'connect_timeout: value must be greater than 0s',
      'health_checks[0].health_checker: value is required: one of http_health_check, tcp_health_check, grpc_health_check, custom_health_check',
      'health_checks[0].timeout: value is required',
      'health_checks[0].interval: value is required',
      'health_checks[0].unhealthy_threshold: value is required',
      'health_checks[0].healthy_threshold: value is required',
    ]);
  });

  it('applies rules of wrappers only when they are set, and those of members of a oneof only when they are selected', () => {
    const weight = (value: object) => problems('envoy.config.endpoint.v3.LbEndpoint', value);
    assert.deepEqual(weight({}), []);
    assert.deepEqual(weight({ load_balancing_weight: 0 }), [
      'load_balancing_weight: value must be greater than or equal to 1',
    ]);
    assert.deepEqual(problems('envoy.config.route.v3.RouteMatch', { prefix: '' }), []);
  });

  it('judges messages of protobuf-es alike', () => {
    const report = new Problems('clusters[3]');
    validate(esCreate(ClusterSchema, { clusterDiscoveryType: { case: 'type', value: 42 as never } }), report);
    assert.deepEqual(report.list, [
      { path: 'clusters[3].name', reason: 'value length must be at least 1 characters' },
      { path: 'clusters[3].type', reason: 'value must be one of the defined enum values' },
    ]);
  });

  it('accepts what lies outside of a range that is given upside down', () => {
    for (const interval of ['0s', '1s', '-3s', '2s']) {
      assert.deepEqual(problems('envoy.config.core.v3.QuicKeepAliveSettings', { max_interval: interval }), []);
    }
  });

  it('counts code points, and bytes of UTF-8', () => {
    const template = (text: string) =>
      problems('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', { path_template: text });
    assert.deepEqual(template('𐀀'.repeat(256)), []);
    assert.deepEqual(problems('envoy.config.core.v3.HeaderValue', { key: 'é'.repeat(8192) }), []);
  });
});
