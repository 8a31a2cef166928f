import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputOf } from '../test-support/mesh-input.ts';
import { gatewayRouteName, parseOutboundRouteName, portRouteName, serviceRouteName } from './route-name.ts';

test('names of outbound routes are read back', () => {
  assert.deepEqual(parseOutboundRouteName(portRouteName(80)), { kind: 'port', port: 80 });
  const hostname = 'a.default.svc.cluster.local';
  assert.deepEqual(parseOutboundRouteName(serviceRouteName(hostname, 8080)), { kind: 'service', hostname, port: 8080 });
  assert.deepEqual(parseOutboundRouteName('unix:///tmp/s:1'), { kind: 'unix', bind: 'unix:///tmp/s:1' });
  assert.deepEqual(parseOutboundRouteName('http_proxy'), { kind: 'proxy' });
  assert.equal(parseOutboundRouteName('allow_any'), undefined);
});

test('plain servers of a gateway share routes, those that end TLS have their own', () => {
  const { gateways } = inputOf(
    `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: a }
spec:
  servers:
  - { port: { number: 80, name: web, protocol: HTTP }, hosts: ['*'] }
  - { port: { number: 443, name: tls, protocol: HTTPS }, hosts: ['*'], tls: { mode: SIMPLE, credentialName: c } }
  - { port: { number: 444, name: pass, protocol: HTTPS }, hosts: ['*'], tls: { mode: PASSTHROUGH } }
  - { port: { number: 81, name: own, protocol: HTTP }, hosts: ['*'], bind: 10.0.0.1 }
`,
    { proxy: { type: 'router' } },
  );
  const names = gateways!.ports.map((port) => gatewayRouteName(port, port.servers[0]!));
  assert.deepEqual(names, ['http.80', 'http.81.10.0.0.1', 'https.443.tls.edge.a', undefined]);
});
