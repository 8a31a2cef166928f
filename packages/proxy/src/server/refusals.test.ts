import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { cluster } from '../test-support/start-proxy.ts';
import { loadBootstrap } from './load-bootstrap.ts';

function problemsOf(parts: Readonly<Record<string, unknown>>): readonly string[] {
  const bootstrap = { static_resources: { clusters: [cluster('app', [80], parts)] } };
  const loaded = loadBootstrap(bootstrap, { env: {}, clock: new FakeClock(), uuid: () => 'uuid' });
  return loaded.kind === 'ok' ? [] : loaded.error.map(({ path, reason }) => `${path}: ${reason}`);
}

describe('what a cluster says that would not be done', () => {
  const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
  const breakers = (thresholds: object) => ({ circuit_breakers: { thresholds: [thresholds] } });
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['circuit_breakers.per_host_thresholds', { circuit_breakers: { per_host_thresholds: [{ max_connections: 5 }] } }],
    ['circuit_breakers.thresholds.max_connection_pools', breakers({ max_connection_pools: 3 })],
    [
      'common_lb_config.close_connections_on_host_set_change',
      { common_lb_config: { close_connections_on_host_set_change: true } },
    ],
    [
      'load_assignment.endpoints.lb_endpoints.endpoint.additional_addresses',
      {
        load_assignment: {
          cluster_name: 'app',
          endpoints: [
            {
              lb_endpoints: [{ endpoint: { address: address(80), additional_addresses: [{ address: address(81) }] } }],
            },
          ],
        },
      },
    ],
    [
      'health_checks',
      {
        health_checks: [
          { timeout: '1s', interval: '1s', unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} },
        ],
      },
    ],
    ['outlier_detection', { outlier_detection: {} }],
  ];
  for (const [path, parts] of cases) {
    it(path, () => {
      const problems = problemsOf(parts);
      assert.equal(problems.length, 1, problems.join('; '));
      assert.ok(problems[0]!.startsWith('static_resources.clusters[0].'), problems[0]);
      assert.ok(problems[0]!.includes(path), problems[0]);
    });
  }

  it('is nothing when it says only what is done', () => {
    assert.deepEqual(problemsOf(breakers({ max_connections: 5, max_retries: 2 })), []);
  });
});
