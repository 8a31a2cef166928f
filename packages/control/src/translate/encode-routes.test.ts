import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import { decode, Problems, toJson } from '@weft/proto/lite';
import { encodeMessage, encodeRoutes } from './encode-routes.ts';

function host(name: string, count = 1) {
  const domains = Array.from({ length: count }, (_, i) => `${name}-${i}.example.com`);
  return { name, domains, routes: [{ match: { prefix: '/' }, route: { cluster: name } }] };
}

test('a configuration that is put together says the same as one that is encoded at once', () => {
  const hosts = [host('a'), host('b', 3), host('large', 2000)];
  for (const config of [
    { name: 'x' },
    { name: 'x', virtualHosts: hosts, validateClusters: false, maxDirectResponseBodySizeBytes: 7 },
  ] satisfies RouteConfigurationJson[]) {
    const typeName = 'envoy.config.route.v3.RouteConfiguration';
    const [joined, whole] = [encodeRoutes(config), encodeMessage(typeName, config)];
    assert.ok(joined instanceof Uint8Array && whole instanceof Uint8Array);
    const read = (bytes: Uint8Array) => {
      const problems = new Problems();
      const message = decode(typeName, bytes, problems);
      assert.deepEqual(problems.list, []);
      return toJson(message!);
    };
    assert.deepEqual(read(joined), read(whole));
  }
});

test('what is wrong in a virtual host is told with its place', () => {
  const config = { name: 'x', virtualHosts: [host('a'), { ...host('b'), domains: [] }] };
  const result = encodeRoutes(config);
  assert.ok('problems' in result);
  assert.match(result.problems.join(), /^virtual_hosts\[1\]\.domains: /);
});
