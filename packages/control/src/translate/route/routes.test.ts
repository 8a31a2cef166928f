import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Finding } from '../../mesh/model/index.ts';
import { withObjects } from '../../mesh/test-support/mesh.ts';
import { Memo } from '../memo.ts';
import { compiled } from '../test-support/compile.ts';
import { inputIn, inputOf } from '../test-support/mesh-input.ts';
import {
  clustersOf,
  gatewayRouteNames,
  gatewayRoutes,
  inboundRoutes,
  outboundRoutes,
  routeDestinations,
} from './index.ts';

const MESH = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: a }
spec: { clusterIP: 10.0.0.1, selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: a }
spec: { clusterIP: 10.0.0.2, ports: [{ name: http, port: 80 }, { name: grpc, port: 81 }, { name: tcp, port: 82 }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: a }
spec:
  hosts: [web]
  gateways: [mesh, edge]
  http:
  - match: [{ sourceLabels: { tier: front } }]
    route: [{ destination: { host: api, port: { number: 81 } } }]
  - route: [{ destination: { host: web }, weight: 1 }, { destination: { host: api, subset: v1 }, weight: 1 }]
    mirrors: [{ destination: { host: api } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api, namespace: a }
spec: { host: api, subsets: [{ name: v1, labels: { v: '1' } }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: a }
spec:
  selector: { app: edge }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }]
`;

const OTHER = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: other, namespace: a }
spec: { hosts: [api], http: [{ match: [{ port: 81 }], route: [{ destination: { host: web } }] }] }
`;

test('proxies that are alike share routes; labels count only where rules ask for them', () => {
  const { snapshot, memo } = inputOf(MESH);
  const routesFor = (labels: Record<string, string>) => outboundRoutes(inputIn(snapshot, { labels }, memo), '80', []);
  assert.equal(routesFor({ app: 'x' }), routesFor({ app: 'y' }));
  assert.notEqual(routesFor({ tier: 'front' }), routesFor({ tier: 'back' }));
});

test('routes that a change does not concern stay the same object', () => {
  const memo = new Memo();
  const { snapshot } = inputOf(MESH);
  const next = withObjects(snapshot, OTHER);
  const routesIn = (one: typeof snapshot, name: string) => outboundRoutes(inputIn(one, {}, memo), name, []);
  assert.equal(routesIn(snapshot, '80'), routesIn(next, '80'));
  assert.notDeepEqual(routesIn(snapshot, '81'), routesIn(next, '81'));
});

test('what is found is told to each proxy', () => {
  const memo = new Memo();
  const { snapshot } = inputOf(MESH.replace('{ name: v1, labels', '{ name: v2, labels'));
  for (const id of ['one.a', 'two.a']) {
    const findings: unknown[] = [];
    outboundRoutes(inputIn(snapshot, { id }, memo), '80', findings as never);
    assert.equal(findings.length, 1);
  }
});

test('the order in which objects come does not matter, their age does', () => {
  const young = OTHER.replace('name: other', 'name: young')
    .replace('[api]', '[web]')
    .replace('{ port: 81 }', '{ port: 80 }');
  const documents = [...MESH.split('\n---\n'), OTHER, young].map((text, i) => {
    const creationTimestamp = `2026-01-01T00:00:0${i}Z`;
    return text.replace('metadata: {', `metadata: { creationTimestamp: '${creationTimestamp}',`);
  });
  const names = ['80', '81', 'http_proxy', 'web.a.svc.cluster.local:80'];
  const translate = (order: readonly string[]) => {
    const input = inputOf(order.join('\n---\n'));
    return names.map((name) => outboundRoutes(input, name, []));
  };
  const expected = translate(documents);
  fc.assert(
    fc.property(fc.shuffledSubarray(documents, { minLength: documents.length }), (order) => {
      assert.deepEqual(translate(order), expected);
    }),
    { numRuns: 20 },
  );
});

test('where rules lead: with an open port, to all ports; what routes name is exact', () => {
  const names = (targets: ReturnType<typeof routeDestinations>) =>
    targets.map(({ hostname, port, subset = '' }) => `${hostname.split('.')[0]}:${port}${subset && `/${subset}`}`);
  const input = inputOf(MESH);
  const expected = ['api:80/v1', 'api:80', 'web:80', 'api:81/v1', 'api:81', 'api:82/v1', 'api:82'];
  assert.deepEqual(names(routeDestinations(input)), expected);
  const router = inputOf(MESH, { proxy: { type: 'router', labels: { app: 'edge' } } });
  assert.deepEqual(names(routeDestinations(router)), expected);
  assert.deepEqual(clustersOf(outboundRoutes(input, '80', [])), [
    'PassthroughCluster',
    'outbound|80|v1|api.a.svc.cluster.local',
    'outbound|80||api.a.svc.cluster.local',
    'outbound|80||web.a.svc.cluster.local',
  ]);
});

test('routes of a gateway are found by its ports', () => {
  const router = inputOf(MESH, { proxy: { type: 'router', labels: { app: 'edge' } } });
  assert.deepEqual(gatewayRouteNames(router), ['http.80']);
  const [host] = gatewayRoutes(router, 'http.80', []).virtualHosts!;
  assert.deepEqual([host!.name, host!.domains], ['web.a.svc.cluster.local:80', ['web.a.svc.cluster.local']]);
  const empty = gatewayRoutes(router, 'http.81', []);
  assert.deepEqual(empty.virtualHosts, [{ name: 'blackhole:0', domains: ['*'] }]);
});

test('hosts of a gateway with the same routes share a virtual host', () => {
  const mesh = MESH.replace('hosts: [web]', 'hosts: [b.example, a.example, c.example]');
  const more = `${OTHER.replace('[api]', '[c.example]')}  `
    .replace('http: [', 'gateways: [edge], http: [')
    .replace('port: 81', 'port: 80');
  const router = inputOf(`${mesh}\n---\n${more}`, { proxy: { type: 'router', labels: { app: 'edge' } } });
  const hosts = gatewayRoutes(router, 'http.80', []).virtualHosts!.map(({ name, domains }) => [name, domains]);
  assert.deepEqual(hosts, [
    ['a.example:80', ['a.example', 'b.example']],
    ['c.example:80', ['c.example']],
  ]);
});

test('a port of the workload takes everything, without a time limit (SEMANTICS 10, 11)', () => {
  const input = inputOf(MESH, { proxy: { labels: { app: 'web' } } });
  const config = inboundRoutes(input, input.targets[0]!);
  compiled('envoy.config.route.v3.RouteConfiguration', config);
  assert.deepEqual(config, {
    name: 'inbound|8080||',
    virtualHosts: [
      {
        name: 'inbound|http|80',
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: { prefix: '/' },
            decorator: { operation: 'web.a.svc.cluster.local:80/*' },
            metadata: {
              filterMetadata: {
                weft: {
                  sources: [{ kind: 'Service', namespace: 'a', name: 'web', generation: 1, path: 'spec.ports[0]' }],
                },
              },
            },
            route: {
              cluster: 'inbound|8080||',
              timeout: '0s',
              maxStreamDuration: { maxStreamDuration: '0s', grpcTimeoutHeaderMax: '0s' },
              retryPolicy: { retryOn: 'reset-before-request', numRetries: 2 },
            },
          },
        ],
      },
    ],
    validateClusters: false,
  });
});

test('configurations have the settings of Istio', () => {
  const { virtualHosts, ...rest } = outboundRoutes(inputOf(MESH), '80', []);
  assert.deepEqual(rest, {
    name: '80',
    validateClusters: false,
    maxDirectResponseBodySizeBytes: 1_048_576,
    ignorePortInHostMatching: true,
  });
  assert.deepEqual(
    virtualHosts?.map(({ name, includeRequestAttemptCount }) => [name, includeRequestAttemptCount]),
    [
      ['api.a.svc.cluster.local:80', true],
      ['web.a.svc.cluster.local:80', true],
      ['allow_any', true],
    ],
  );
  // Ports tell services apart for clients of an HTTP proxy.
  assert.equal(outboundRoutes(inputOf(MESH), 'http_proxy', []).ignorePortInHostMatching, undefined);
  const metadata = { PROXY_CONFIG: { proxyHeaders: { attemptCount: { disabled: true } } } };
  const [host] = outboundRoutes(inputOf(MESH, { proxy: { metadata } }), '80', []).virtualHosts!;
  assert.equal(host?.includeRequestAttemptCount, false);
});

test('unknown hosts go to the egress proxy of a Sidecar', () => {
  const sidecar = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: a }
spec:
  outboundTrafficPolicy: { mode: ALLOW_ANY, egressProxy: { host: api, port: { number: 81 }, subset: v1 } }
`;
  const config = outboundRoutes(inputOf(`${MESH}\n---\n${sidecar}`), '80', []);
  const [route] = config.virtualHosts!.at(-1)!.routes!;
  assert.equal(route?.route?.cluster, 'outbound|81|v1|api.a.svc.cluster.local');
  assert.deepEqual(route.metadata?.filterMetadata?.['weft'], {
    sources: [{ kind: 'Sidecar', namespace: 'a', name: 'default', generation: 1 }],
  });
});

test('a rule of a delegate names the rule that led to it, too', () => {
  const delegating = MESH.replace(
    / {2}http:[\s\S]*?\n---/,
    '  http: [{ match: [{ uri: { prefix: /d } }], delegate: { name: part } }]\n---',
  );
  const part = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: part, namespace: a }
spec: { http: [{ name: inner, route: [{ destination: { host: api, port: { number: 81 } } }] }] }
`;
  const config = outboundRoutes(inputOf(`${delegating}\n---\n${part}`), '80', []);
  const [route] = config.virtualHosts!.find(({ name }) => name?.startsWith('web'))!.routes!;
  assert.equal(route?.route?.cluster, 'outbound|81||api.a.svc.cluster.local');
  assert.deepEqual(route.metadata?.filterMetadata?.['weft'], {
    sources: ['web', 'part'].map((name) => ({
      kind: 'VirtualService',
      namespace: 'a',
      name,
      generation: 1,
      path: 'spec.http[0]',
    })),
  });
});

test('what the mesh says for all rules and has no effect is told of the mesh', () => {
  const config = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: 'defaultHttpRetryPolicy: { attempts: 1, retryRemoteLocalities: true }' }
`;
  const findings: Finding[] = [];
  outboundRoutes(inputOf(`${MESH}\n---\n${config}`), '80', findings);
  assert.deepEqual(
    findings.map(({ code, object, path }) => [code, object.name, path]),
    [['UnsupportedField', 'istio', 'data.mesh.defaultHttpRetryPolicy.retryRemoteLocalities']],
  );
});
