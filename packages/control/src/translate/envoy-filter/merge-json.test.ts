import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, invalidity, mergeJson } from './merge-json.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const ROUTE = 'envoy.config.route.v3.Route';

function merged(typeName: string, target: object, patch: object): unknown {
  const [a, b] = [canonical(typeName, target), canonical(typeName, patch)];
  assert.ok(a.kind === 'ok' && b.kind === 'ok', JSON.stringify([a, b]));
  // Maps of messages have no prototype, since strangers choose their keys.
  return JSON.parse(JSON.stringify(mergeJson(typeName, a.value, b.value)));
}

test('single values are replaced, messages merged, lists appended to', () => {
  assert.deepEqual(
    merged(
      CLUSTER,
      {
        name: 'a',
        connectTimeout: '10s',
        upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 1, keepaliveProbes: 2 } },
        dnsResolvers: [{ pipe: { path: 'x' } }],
        metadata: { filterMetadata: { a: { x: 1 }, b: { y: 1 } } },
      },
      {
        connect_timeout: { seconds: 3 },
        upstream_connection_options: { tcp_keepalive: { keepalive_time: 7 } },
        dns_resolvers: [{ pipe: { path: 'y' } }],
        metadata: { filter_metadata: { b: { z: 2 } } },
      },
    ),
    {
      name: 'a',
      connectTimeout: '3s',
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 7, keepaliveProbes: 2 } },
      dnsResolvers: [{ pipe: { path: 'x' } }, { pipe: { path: 'y' } }],
      metadata: { filterMetadata: { a: { x: 1 }, b: { z: 2 } } },
    },
  );
});

test('another member of a oneof takes the place of the one before', () => {
  assert.deepEqual(
    merged(
      ROUTE,
      { match: { prefix: '/', caseSensitive: false }, route: { cluster: 'a', timeout: '1s' } },
      { match: { path: '/x' }, route: { weighted_clusters: { clusters: [{ name: 'b', weight: 1 }] } } },
    ),
    {
      match: { path: '/x', caseSensitive: false },
      route: { weightedClusters: { clusters: [{ name: 'b', weight: 1 }] }, timeout: '1s' },
    },
  );
});

test('what an Any holds is merged with the same type, and replaced by another', () => {
  const type = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  const key = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  const options = (value: object) => ({ typedExtensionProtocolOptions: { [key]: { '@type': type, ...value } } });
  // Maps are joined by key: the value of a key is replaced as a whole.
  assert.deepEqual(
    merged(CLUSTER, options({ commonHttpProtocolOptions: { idleTimeout: '1s' } }), options({ autoConfig: {} })),
    options({ autoConfig: {} }),
  );
  const FILTER = 'envoy.config.listener.v3.Filter';
  const tcp = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
  assert.deepEqual(
    merged(
      FILTER,
      { name: 'f', typedConfig: { '@type': tcp, statPrefix: 's', cluster: 'c' } },
      { typed_config: { '@type': tcp, idle_timeout: '5s' } },
    ),
    { name: 'f', typedConfig: { '@type': tcp, statPrefix: 's', cluster: 'c', idleTimeout: '5s' } },
  );
  const echo = 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo';
  assert.deepEqual(
    merged(
      FILTER,
      { name: 'f', typedConfig: { '@type': tcp, statPrefix: 's', cluster: 'c' } },
      { typedConfig: { '@type': echo } },
    ),
    { name: 'f', typedConfig: { '@type': echo } },
  );
});

test('what is no such message says where and why', () => {
  const unknown = canonical(CLUSTER, { connect_timeout: '1s', conect: 1 });
  assert.match(unknown.kind === 'err' ? unknown.error : '', /conect: unknown field/);
  assert.match(invalidity(CLUSTER, { connectTimeout: '0s' }) ?? '', /connect_timeout/);
  assert.equal(invalidity(CLUSTER, { name: 'a' }), undefined);
});
