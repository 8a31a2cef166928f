import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import { fromJson, Problems } from '@weft/proto/lite';
import { planConfigSource } from './config-source.ts';

function plan(json: object) {
  const problems = new Problems();
  const source = fromJson<ConfigSource>('envoy.config.core.v3.ConfigSource', json, problems);
  assert.ok(source !== undefined && problems.isEmpty, problems.toString());
  return planConfigSource(source);
}

function planned(json: object) {
  const result = plan(json);
  assert.equal(result.kind, 'ok', result.kind === 'err' ? result.error : '');
  return result.kind === 'ok' ? result.value : assert.fail();
}

const cluster = { envoy_grpc: { cluster_name: 'xds' } };
const grpc = { api_type: 'GRPC', grpc_services: [cluster] };

describe('planConfigSource', () => {
  it('reads ads, with 15 s to wait unless told otherwise', () => {
    assert.deepEqual(planned({ ads: {} }), { kind: 'ads', key: 'ads', initialFetchMs: 15_000 });
    assert.equal(planned({ ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' }).initialFetchMs, 0);
  });

  it('reads files', () => {
    const source = planned({ path_config_source: { path: '/x/cds.yaml', watched_directory: { path: '/x' } } });
    assert.ok(source.kind === 'file');
    assert.deepEqual([source.path, source.watchedDirectory], ['/x/cds.yaml', '/x']);
    assert.equal(planned({ path: '/x/cds.yaml' }).kind, 'file');
  });

  it('reads servers with all that can be set', () => {
    const source = planned({
      api_config_source: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        rate_limit_settings: { max_tokens: 5, fill_rate: 0.5 },
        grpc_services: [
          {
            envoy_grpc: {
              cluster_name: 'a',
              authority: 'xds.example',
              max_receive_message_length: 1000,
              retry_policy: { retry_back_off: { base_interval: '1s' } },
            },
            initial_metadata: [{ key: 'x', value: 'y' }],
          },
          { google_grpc: { target_uri: 'dns:///b:1', stat_prefix: 'b' } },
        ],
      },
    });
    assert.ok(source.kind === 'grpc');
    const { variant, isNodeOnFirstOnly, rateLimit, targets } = source.service;
    assert.deepEqual([variant, isNodeOnFirstOnly], ['delta', true]);
    assert.deepEqual(rateLimit, { maxTokens: 5, fillRatePerSecond: 0.5 });
    assert.deepEqual(targets[0], {
      kind: 'cluster',
      clusterName: 'a',
      authority: 'xds.example',
      isWithoutEnvoyHeaders: false,
      metadata: [{ key: 'x', value: 'y' }],
      maxMessageBytes: 1000,
      backoff: { baseMs: 1000, maxMs: 10_000, jitter: 'full' },
    });
    assert.equal(targets[1]?.kind === 'uri' && targets[1].uri, 'dns:///b:1');
  });

  it('fills in the defaults of a rate limit', () => {
    const source = planned({ api_config_source: { ...grpc, rate_limit_settings: {} } });
    assert.deepEqual(source.kind === 'grpc' && source.service.rateLimit, { maxTokens: 100, fillRatePerSecond: 10 });
  });

  it('gives equal sources equal keys and different ones different keys', () => {
    assert.equal(planned({ api_config_source: grpc }).key, planned({ api_config_source: grpc }).key);
    const keys = [
      planned({ api_config_source: grpc }),
      planned({ api_config_source: { ...grpc, api_type: 'DELTA_GRPC' } }),
      planned({ path: '/a' }),
      planned({ path: '/b' }),
      planned({ ads: {} }),
    ].map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
  });

  const refused: readonly (readonly [object, RegExp])[] = [
    [{}, /one of path_config_source, api_config_source and ads is required/],
    [{ self: {} }, /^self: not supported/],
    [{ ads: {}, resource_api_version: 'V2' }, /^resource_api_version: V2/],
    [{ ads: {}, authorities: [{ name: 'x' }] }, /^authorities: not supported/],
    [{ ads: {}, initial_fetch_timeout: '-1s' }, /^initial_fetch_timeout: -1000 ms is negative/],
    [
      { api_config_source: { api_type: 'REST', cluster_names: ['x'] } },
      /^api_config_source\.api_type: REST is not supported/,
    ],
    [{ api_config_source: { api_type: 'AGGREGATED_GRPC' } }, /AGGREGATED_GRPC is not supported/],
    [{ api_config_source: { grpc_services: [cluster] } }, /api_type: 0 is not supported; use GRPC or DELTA_GRPC/],
    [{ api_config_source: { api_type: 'GRPC' } }, /grpc_services: at least one/],
    [{ api_config_source: { ...grpc, cluster_names: ['x'] } }, /cluster_names: only for REST/],
    [{ api_config_source: { ...grpc, refresh_delay: '1s' } }, /refresh_delay: only for REST/],
    [{ api_config_source: { ...grpc, request_timeout: '1s' } }, /request_timeout: only for REST/],
    [{ api_config_source: { ...grpc, transport_api_version: 'V2' } }, /transport_api_version: V2/],
    [{ api_config_source: { ...grpc, config_validators: [{ name: 'x' }] } }, /config_validators: not supported/],
    [{ api_config_source: { ...grpc, rate_limit_settings: { max_tokens: 0 } } }, /max_tokens: 0/],
    [
      {
        api_config_source: {
          api_type: 'GRPC',
          grpc_services: [cluster, { envoy_grpc: { cluster_name: 'b', max_receive_message_length: 7 } }],
        },
      },
      /grpc_services\[1\]: .* from the first service only/,
    ],
    [{ api_config_source: { api_type: 'GRPC', grpc_services: [{}] } }, /grpc_services\[0\]\.one of envoy_grpc/],
    [{ api_config_source: { api_type: 'GRPC', grpc_services: [{ ...cluster, timeout: '1s' }] } }, /timeout: a stream/],
    [
      { api_config_source: { api_type: 'GRPC', grpc_services: [{ ...cluster, retry_policy: {} }] } },
      /retry_policy: not/,
    ],
    [{ api_config_source: { api_type: 'GRPC', grpc_services: [{ envoy_grpc: {} }] } }, /cluster_name: value length/],
    [
      {
        api_config_source: {
          api_type: 'GRPC',
          grpc_services: [{ envoy_grpc: { cluster_name: 'x', retry_policy: { num_retries: 3 } } }],
        },
      },
      /retry_policy\.num_retries: not supported/,
    ],
  ];
  for (const [json, reason] of refused) {
    it(`refuses ${JSON.stringify(json)}`, () => {
      const result = plan(json);
      assert.equal(result.kind, 'err');
      assert.match(result.kind === 'err' ? result.error : '', reason);
    });
  }
});
