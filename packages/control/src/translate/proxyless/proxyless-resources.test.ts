import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeResources } from '../encode-resources.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { service, texts } from '../test-support/mesh-text.ts';
import { translateProxy } from '../translate-proxy.ts';

const WEB = service({ name: 'web', ports: ['grpc:80', 'tcp:5000'], endpoints: [{ address: '10.1.0.1' }] });

function translated(yaml: string, namespace = 'a') {
  const proxy = { namespace, metadata: { GENERATOR: 'grpc' } };
  const { resources, parts } = translateProxy(inputOf(yaml, { proxy }));
  assert.deepEqual(encodeResources(parts).refused, []);
  return resources;
}

test('there is a listener for each name that programs dial, and routes, clusters and endpoints by their own names', () => {
  const { listeners, routes, clusters, endpoints } = translated(WEB);
  const names = ['web.b.svc.cluster.local:80', 'web.b.svc:80', 'web.b:80'];
  assert.deepEqual(
    listeners.map(({ name }) => name),
    names,
  );
  assert.partialDeepStrictEqual(listeners[1]!.apiListener!.apiListener, {
    rds: { routeConfigName: 'web.b.svc.cluster.local:80', configSource: { ads: {} } },
    httpFilters: [{ name: 'envoy.filters.http.fault' }, { name: 'envoy.filters.http.router' }],
  });
  assert.partialDeepStrictEqual(routes, [
    {
      name: 'web.b.svc.cluster.local:80',
      virtualHosts: [{ routes: [{ route: { cluster: 'outbound|80||web.b.svc.cluster.local' } }] }],
    },
  ]);
  assert.partialDeepStrictEqual(clusters[0], { name: 'outbound|80||web.b.svc.cluster.local', lbPolicy: 'ROUND_ROBIN' });
  assert.ok(clusters.every((cluster) => cluster.transportSocketMatches === undefined));
  assert.equal(endpoints[0]!.clusterName, clusters[0]!.name);
  assert.deepEqual(endpoints[0]!.endpoints![0]!.locality, {});
  assert.equal(translated(WEB, 'b').listeners.at(-1)!.name, 'web:80');
});

test('what gRPC does not know becomes a failure of its requests alone', () => {
  const rules = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: b }
spec:
  hosts: [web]
  http:
    - { match: [{ uri: { prefix: /old } }], redirect: { uri: /new } }
    - fault: { abort: { percentage: { value: 100 }, httpStatus: 503 } }
      corsPolicy: { allowOrigins: [{ exact: 'https://x' }] }
      route: [{ destination: { host: web } }]`;
  const [config] = translated(texts(WEB, rules)).routes;
  const [redirect, faulty] = config!.virtualHosts![0]!.routes!;
  assert.deepEqual(redirect!.nonForwardingAction, {});
  assert.deepEqual(Object.keys(faulty!.typedPerFilterConfig ?? {}), ['envoy.filters.http.fault']);
});

test('mutual TLS that a DestinationRule asks for is made with the certificates of the program', () => {
  const rule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: b }
spec: { host: web, trafficPolicy: { tls: { mode: ISTIO_MUTUAL } } }`;
  const [cluster] = translated(texts(WEB, rule)).clusters;
  assert.partialDeepStrictEqual(cluster!.transportSocket, {
    typedConfig: {
      commonTlsContext: {
        tlsCertificateProviderInstance: { instanceName: 'default' },
        combinedValidationContext: {
          defaultValidationContext: {
            caCertificateProviderInstance: { instanceName: 'default' },
            matchSubjectAltNames: [{ exact: 'spiffe://cluster.local/ns/b/sa/default' }],
          },
        },
      },
    },
  });
});
