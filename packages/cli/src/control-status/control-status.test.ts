import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigDump } from '../config-dump/read-dump.ts';
import { formatYaml } from '../output/yaml.ts';
import { compareConfig } from './compare.ts';
import { describeProxy, describeRefusals, describeType } from './describe-sync.ts';
import { readStatus } from './read-status.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (ms: number) => new Date(NOW - ms).toISOString();

const row = (proxy: string, facts: object) => ({ proxy, cluster_id: 'c', snapshot: 9, runs: 9, ...facts });
const clusters = (state: string, more: object = {}) => ({ cluster_state: state, ...more });

test('a proxy is told of in words, with the age of what it lacks', () => {
  const words = (facts: object) => describeProxy(readStatus([row('a.b', facts)], {})[0]!, NOW);
  assert.equal(words(clusters('synced')), 'runs the newest');
  assert.equal(
    words({ runs: 7, ...clusters('stale', { cluster_sent_at: ago(41_500) }) }),
    'behind by 2 versions for 41 s',
  );
  // It has not been its turn yet: nothing was sent, so nobody knows since when it is late.
  assert.equal(words({ runs: 8, ...clusters('synced') }), 'behind by 1 version');
  const refused = clusters('error', { cluster_error: 'no', cluster_error_at: ago(7_200_000), cluster_refused: ['x'] });
  assert.equal(words({ runs: 8, ...refused }), 'refuses CDS for 2 h');
});

test('types are told of one by one, and refusals with their reasons', () => {
  const facts = {
    ...clusters('stale', { cluster_sent_at: ago(3000) }),
    listener_state: 'notSent',
    route_state: 'error',
    route_error: 'bad regex',
    route_error_at: ago(180_000),
    route_refused: ['80', '81', '82', '83', '84', '85'],
  };
  const [proxy] = readStatus([row('a.b', facts)], {});
  const told = Object.entries(proxy?.types ?? {}).map(([name, type]) => [name, describeType(type, NOW)]);
  assert.deepEqual(Object.fromEntries(told), {
    CDS: 'unanswered for 3 s',
    LDS: 'not sent',
    RDS: 'refused for 3 min',
  });
  assert.equal(describeType(undefined, NOW), 'not asked for');
  assert.deepEqual(describeRefusals(proxy!, NOW), [
    'a.b refuses RDS 80, 81, 82, 83, 84 and 1 more for 3 min: bad regex',
  ]);
});

test('proxies are sorted, and ask for what the other page says', () => {
  const type = (name: string) => `type.googleapis.com/envoy.config.x.v3.${name}`;
  const watches = { [type('Cluster')]: ['*'], [type('Secret')]: ['default'], [type('Other')]: [] };
  const all = readStatus([row('b.n', {}), row('a.n', {})], { clients: [{ proxy: { id: 'a.n' }, watches }] });
  assert.deepEqual(
    all.map(({ name, subscribed }) => [name, subscribed]),
    [
      ['a.n', ['CDS', 'SDS', 'Other']],
      ['b.n', []],
    ],
  );
  assert.deepEqual(readStatus('nonsense', null), []);
});

const ROUTES = (timeout: string) => ({
  name: '80',
  virtualHosts: [{ name: 'h', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'c', timeout } }] }],
});

function dumpOf(parts: Partial<ConfigDump['resources']>): ConfigDump {
  const none = { cluster: [], listener: [], route: [], endpoint: [], secret: [] };
  return { bootstrap: undefined, refused: [], resources: { ...none, ...parts } };
}

test('what a proxy runs is compared by its meaning: names of fields, defaults and the order of maps do not matter', () => {
  const sent = { routes: [ROUTES('3s')], clusters: [{ name: 'new' }, { name: 'slow' }], endpoints: [], listeners: [] };
  const state = 'active' as const;
  const route = (timeout: string) => ({ name: '80', state, version: '1', body: ROUTES(timeout) });
  const cluster = (name: string, at: 'active' | 'warming') => ({ name, state: at, version: '1', body: { name } });
  const running = dumpOf({ route: [route('3.000s')], cluster: [cluster('old', 'active'), cluster('slow', 'warming')] });
  const [clustersNow, , routes] = compareConfig(sent, running, formatYaml);
  assert.deepEqual(routes?.differences, []);
  assert.deepEqual(
    clustersNow?.differences.map(({ name, kind }) => [name, kind]),
    [
      ['new', 'missing'],
      ['slow', 'warming'],
      ['old', 'extra'],
    ],
  );
  const [, , changed] = compareConfig(sent, dumpOf({ route: [route('5s')] }), formatYaml);
  const lines = changed?.differences[0]?.lines.map((line) => line.replace(/(?<=^.) +/, '')) ?? [];
  assert.ok(lines.includes('-timeout: 3s') && lines.includes('+timeout: 5s'), lines.join('\n'));
});

test('of endpoints only the addresses are compared', () => {
  const endpoint = (address: string, more: object = {}) => ({
    endpoint: { address: { socketAddress: { address, portValue: 80 } } },
    ...more,
  });
  const sent = {
    endpoints: [{ clusterName: 'c', endpoints: [{ lbEndpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.2')] }] }],
  };
  const host = (address: string) => ({ endpoint: { address: { socket_address: { address, port_value: 80 } } } });
  const runs = (...addresses: string[]) => ({
    name: 'c',
    state: 'active' as const,
    version: '1',
    body: {
      cluster_name: 'c',
      endpoints: [{ lb_endpoints: addresses.map((one) => ({ ...host(one), health_status: 'HEALTHY' })) }],
    },
  });
  const differences = (...addresses: string[]) =>
    compareConfig(sent, dumpOf({ endpoint: [runs(...addresses)] }), formatYaml)[3]?.differences.length;
  assert.equal(differences('10.0.0.2', '10.0.0.1'), 0);
  assert.equal(differences('10.0.0.1'), 1);
});
