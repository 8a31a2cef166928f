import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../mesh/index.ts';
import { clustersByName } from '../test-support/made-clusters.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { destinationRule, service, texts } from '../test-support/mesh-text.ts';
import { gatewayClusters } from './gateway-clusters.ts';

const PROXY = { id: 'gw.b', type: 'router', namespace: 'b', labels: { istio: 'ingress' } } as const;

function made(yaml: string) {
  const findings: Finding[] = [];
  return clustersByName(gatewayClusters(inputOf(yaml, { proxy: PROXY }), findings), findings);
}

function gateway(server: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: b }
spec:
  selector: { istio: ingress }
  servers:
  - ${server}`;
}

const HTTP = '{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }';
const PASSING =
  '{ port: { number: 15443, name: tls, protocol: TLS }, hosts: ["*.local"], tls: { mode: AUTO_PASSTHROUGH } }';
const VIRTUAL_SERVICE = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: routes, namespace: b }
spec:
  hosts: [shop.example.com]
  gateways: [gw]
  http:
  - route: [{ destination: { host: reviews } }]
    mirror: { host: shadow }`;
const SERVICES = texts(
  ...['reviews', 'shadow', 'other'].map((name) => service({ name, endpoints: [{ address: '10.1.0.1' }] })),
);

test('a gateway gets the clusters that its routes lead to', () => {
  assert.deepEqual(made(texts(gateway(HTTP), VIRTUAL_SERVICE, SERVICES)).names, [
    'outbound|80||reviews.b.svc.cluster.local',
    'outbound|80||shadow.b.svc.cluster.local',
    'BlackHoleCluster',
  ]);
});

test('a gateway whose configuration is patched gets all', () => {
  const filter = `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: patch, namespace: b }
spec:
  configPatches:
  - applyTo: CLUSTER
    patch: { operation: MERGE, value: { connect_timeout: 1s } }`;
  assert.deepEqual(made(texts(gateway(HTTP), VIRTUAL_SERVICE, SERVICES, filter)).names.length, 4);
});

test('a gateway between networks passes mutual TLS on, by server name and unread', () => {
  const rule = destinationRule(
    'reviews.b.svc.cluster.local',
    'trafficPolicy: { tls: { mode: SIMPLE }, loadBalancer: { simple: RANDOM } }\nsubsets: [{ name: v1, labels: { version: v1 } }]',
  );
  const { names, cluster } = made(texts(gateway(PASSING), service({ name: 'reviews' }), rule));
  const name = 'outbound_.80_.v1_.reviews.b.svc.cluster.local';
  assert.deepEqual(names, ['outbound_.80_._.reviews.b.svc.cluster.local', name, 'BlackHoleCluster']);
  const { type, edsClusterConfig, lbPolicy, transportSocket, transportSocketMatches } = cluster(name);
  assert.deepEqual([type, edsClusterConfig?.serviceName, lbPolicy], ['EDS', name, 'RANDOM']);
  assert.deepEqual([transportSocket, transportSocketMatches], [undefined, undefined]);
});
