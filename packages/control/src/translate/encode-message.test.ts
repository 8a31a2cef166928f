import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@bufbuild/protobuf';
import { decode, encode, fromJson, Problems, toJson } from '@weft/proto/lite';
import { encodeMessage } from './encode-message.ts';

function host(name: string, count = 1) {
  const domains = Array.from({ length: count }, (_, i) => `${name}-${i}.example.com`);
  return { name, domains, routes: [{ match: { prefix: '/' }, route: { cluster: name } }] };
}

const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const LISTENER = 'envoy.config.listener.v3.Listener';
const ADDRESS = { socketAddress: { address: '127.0.0.1', portValue: 80 } };

const MESSAGES: readonly (readonly [typeName: string, json: object])[] = [
  [ROUTES, { name: 'x' }],
  [ROUTES, { name: 'x', virtualHosts: [] }],
  [ROUTES, { name: 'x', virtualHosts: [host('a'), host('b', 3), host('large', 2000)], validateClusters: false }],
  [LISTENER, { name: 'x', address: ADDRESS, filterChains: [{ name: 'a' }, { name: 'b' }], defaultFilterChain: {} }],
  ['envoy.config.cluster.v3.Cluster', { name: 'x', type: 'EDS' }],
];

for (const [typeName, json] of MESSAGES) {
  test(`a message says the same as one that is encoded at once: ${JSON.stringify(json).slice(0, 60)}`, () => {
    const problems = new Problems();
    const whole = encode(fromJson<Message>(typeName, json, problems)!);
    const bytes = encodeMessage(typeName, json);
    assert.ok(bytes instanceof Uint8Array);
    const read = (one: Uint8Array) => toJson(decode<Message>(typeName, one, problems)!);
    assert.deepEqual(read(bytes), read(whole));
    assert.deepEqual(problems.list, []);
  });
}

test('what is wrong in an item is told with its place', () => {
  const result = encodeMessage(ROUTES, { name: 'x', virtualHosts: [host('a'), { ...host('b'), domains: [] }] });
  assert.ok('problems' in result);
  assert.match(result.problems.join(), /^virtual_hosts\[1\]\.domains: /);
});
