import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { Finding, MeshProxy } from '../../mesh/index.ts';
import { clustersByName } from '../test-support/made-clusters.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { destinationRule, service, texts } from '../test-support/mesh-text.ts';
import { inboundClusters } from './inbound-clusters.ts';

const HOST = 'reviews.b.svc.cluster.local';
const SERVED = { name: 'reviews', ports: ['http:80:8080', 'grpc-x:81:9090'], endpoints: [{ address: '10.1.0.1' }] };
const PROXY = { id: 'reviews-10-1-0-1.b', namespace: 'b', labels: { app: 'reviews' }, addresses: ['10.1.0.1'] };

function made(yaml: string, facts: Partial<MeshProxy> = {}) {
  const findings: Finding[] = [];
  return clustersByName(inboundClusters(inputOf(yaml, { proxy: { ...PROXY, ...facts } }), findings), findings);
}

function sidecar(spec: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: own, namespace: b }
spec:
${spec.replace(/^/gm, '  ')}`;
}

function addressIn({ loadAssignment }: ClusterJson): unknown {
  return loadAssignment?.endpoints?.[0]?.lbEndpoints?.[0]?.endpoint?.address;
}

describe('what a workload receives', () => {
  test('goes to its port as it came, from an address that capture lets pass (SEMANTICS 43, 44)', () => {
    const { names, cluster } = made(service(SERVED));
    assert.deepEqual(names, ['inbound|8080||', 'inbound|9090||', 'InboundPassthroughClusterIpv4']);
    const { type, lbPolicy, upstreamBindConfig } = cluster('inbound|8080||');
    assert.deepEqual([type, lbPolicy], ['ORIGINAL_DST', 'CLUSTER_PROVIDED']);
    assert.deepEqual(upstreamBindConfig, { sourceAddress: { address: '127.0.0.6', portValue: 0 } });
    assert.deepEqual(cluster('inbound|8080||').metadata?.filterMetadata?.['istio'], {
      services: [{ host: HOST, name: 'reviews', namespace: 'b' }],
    });
  });

  test('on a port that two Services share speaks what the oldest says (SEMANTICS 36)', () => {
    const younger = service({ name: 'more', ports: ['grpc:80:8080'], spec: { selector: { app: 'reviews' } } });
    const { cluster } = made(texts(service({ ...SERVED, ports: ['http:80:8080'] }), younger));
    const { typedExtensionProtocolOptions, metadata } = cluster('inbound|8080||');
    assert.equal(typedExtensionProtocolOptions, undefined);
    const { services } = metadata?.filterMetadata?.['istio'] ?? {};
    assert.deepEqual(services, [
      { host: HOST, name: 'reviews', namespace: 'b' },
      { host: 'more.b.svc.cluster.local', name: 'more', namespace: 'b' },
    ]);
  });

  test('has the limits of its DestinationRule, not its transport, and wins nothing by selection', () => {
    const rule = destinationRule(
      HOST,
      'trafficPolicy: { connectionPool: { tcp: { maxConnections: 5 } }, tls: { mode: SIMPLE }, loadBalancer: { simple: RANDOM } }',
    );
    const { cluster } = made(texts(service(SERVED), rule));
    const { circuitBreakers, transportSocket, lbPolicy } = cluster('inbound|8080||');
    assert.equal(circuitBreakers?.thresholds?.[0]?.maxConnections, 5);
    assert.deepEqual([transportSocket, lbPolicy], [undefined, 'CLUSTER_PROVIDED']);
  });

  test('has the limits of the Sidecar where that gives some', () => {
    const rule = destinationRule(HOST, 'trafficPolicy: { connectionPool: { tcp: { maxConnections: 5 } } }');
    const own = sidecar('inboundConnectionPool: { tcp: { maxConnections: 6 } }');
    const { cluster } = made(texts(service(SERVED), rule, own));
    const { circuitBreakers, metadata } = cluster('inbound|8080||');
    assert.equal(circuitBreakers?.thresholds?.[0]?.maxConnections, 6);
    assert.equal(
      metadata?.filterMetadata?.['istio']?.['config'],
      '/apis/networking.istio.io/v1/namespaces/b/sidecar/own',
    );
  });

  test('goes to localhost where the mesh says so', () => {
    const config = texts({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system' },
      data: { mesh: 'inboundTrafficPolicy: { mode: LOCALHOST }' },
    });
    const cluster = made(texts(config, service(SERVED))).cluster('inbound|8080||');
    assert.equal(cluster.type, 'STATIC');
    assert.deepEqual(addressIn(cluster), { socketAddress: { address: '127.0.0.1', portValue: 8080 } });
    assert.equal(cluster.upstreamBindConfig, undefined);
  });

  test('is nothing without capture unless a Sidecar lists ports', () => {
    const uncaptured = { metadata: { INTERCEPTION_MODE: 'NONE' } };
    assert.deepEqual(made(service(SERVED), uncaptured).names, ['InboundPassthroughClusterIpv4']);
    const own = sidecar(
      'ingress: [{ port: { number: 9000, protocol: HTTP, name: http }, defaultEndpoint: 127.0.0.1:9001, captureMode: NONE }]',
    );
    assert.deepEqual(made(texts(service(SERVED), own), uncaptured).names, [
      'inbound|9000||',
      'InboundPassthroughClusterIpv4',
    ]);
  });

  test('has a passthrough cluster for each family of addresses', () => {
    const { names, cluster } = made('', { addresses: ['10.1.0.1', 'fd00::1'] });
    assert.deepEqual(names, ['InboundPassthroughClusterIpv4', 'InboundPassthroughClusterIpv6']);
    assert.equal(cluster('InboundPassthroughClusterIpv6').upstreamBindConfig?.sourceAddress?.address, '::6');
  });
});

describe('ports that a Sidecar lists', () => {
  const cases: readonly (readonly [string, unknown, string | undefined])[] = [
    ['127.0.0.1:8081', { socketAddress: { address: '127.0.0.1', portValue: 8081 } }, undefined],
    ['0.0.0.0:8081', { socketAddress: { address: '10.1.0.1', portValue: 8081 } }, '127.0.0.6'],
    ['unix:///run/app.sock', { pipe: { path: '/run/app.sock' } }, undefined],
    ['', undefined, '127.0.0.6'],
  ];
  for (const [endpoint, address, source] of cases) {
    test(`lead to ${endpoint === '' ? 'where clients connected to' : endpoint}`, () => {
      const at = endpoint === '' ? '' : `, defaultEndpoint: "${endpoint}"`;
      const own = sidecar(`ingress: [{ port: { number: 9000, protocol: GRPC, name: grpc }${at} }]`);
      const { names, cluster } = made(texts(service(SERVED), own));
      assert.deepEqual(names, ['inbound|9000||', 'InboundPassthroughClusterIpv4']);
      assert.deepEqual(addressIn(cluster('inbound|9000||')), address);
      assert.equal(cluster('inbound|9000||').upstreamBindConfig?.sourceAddress?.address, source);
      assert.notEqual(cluster('inbound|9000||').typedExtensionProtocolOptions, undefined, 'HTTP/2');
    });
  }

  test('have limits of their own', () => {
    const own = sidecar(`inboundConnectionPool: { tcp: { maxConnections: 6 } }
ingress:
- { port: { number: 9000, protocol: TCP, name: tcp }, connectionPool: { tcp: { maxConnections: 7 } } }
- { port: { number: 9001, protocol: TCP, name: tcp2 } }`);
    const { cluster } = made(texts(service(SERVED), own));
    const limits = [9000, 9001].map(
      (port) => cluster(`inbound|${port}||`).circuitBreakers?.thresholds?.[0]?.maxConnections,
    );
    assert.deepEqual(limits, [7, 6]);
  });
});
