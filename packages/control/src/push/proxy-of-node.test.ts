import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meshOf } from '../mesh/test-support/mesh.ts';
import { proxyOfNode } from './proxy-of-node.ts';

const MESH = meshOf(`
apiVersion: v1
kind: Node
metadata: { name: n1, labels: { topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: eu-1 } }
---
apiVersion: v1
kind: Pod
metadata: { name: cart-1, namespace: shop, labels: { app: cart, version: v2 } }
spec: { nodeName: n1, serviceAccountName: cart, containers: [{ name: c, image: i }] }
status: { phase: Running, podIP: 10.0.0.7, podIPs: [{ ip: 10.0.0.7 }] }
`);

const NODE = { id: 'sidecar~10.0.0.7~cart-1.shop~shop.svc.cluster.local' };

test('what the cluster knows of a pod counts', () => {
  const metadata = {
    LABELS: { app: 'old' },
    INSTANCE_IPS: '10.0.0.7,fd00::7',
    CLUSTER_ID: 'east',
    ISTIO_VERSION: '1.29',
  };
  const result = proxyOfNode({ ...NODE, metadata }, 'spiffe://cluster.local/ns/shop/sa/cart', MESH);
  assert.deepEqual(result, {
    kind: 'ok',
    value: {
      id: 'cart-1.shop',
      type: 'sidecar',
      namespace: 'shop',
      labels: { app: 'cart', version: 'v2' },
      addresses: ['10.0.0.7'],
      serviceAccount: 'cart',
      locality: { region: 'eu', zone: 'eu-1', subzone: '' },
      network: '',
      cluster: 'east',
      nodeName: 'n1',
      metadata,
    },
  });
});

test('what it does not know is as the proxy says', () => {
  const id = 'router~10.9.9.9~gateway-5.edge~edge.svc.cluster.local';
  const metadata = { LABELS: { istio: 'ingressgateway', count: 1 }, NETWORK: 'net2', SERVICE_ACCOUNT: 'gw' };
  const result = proxyOfNode({ id, metadata, locality: { region: 'r', zone: 'z', subZone: 's' } }, undefined, MESH);
  assert.ok(result.kind === 'ok');
  const { type, namespace, labels, addresses, locality, network, serviceAccount } = result.value;
  assert.deepEqual(
    [type, namespace, addresses, network, serviceAccount],
    ['router', 'edge', ['10.9.9.9'], 'net2', 'gw'],
  );
  assert.deepEqual([labels, locality], [{ istio: 'ingressgateway' }, { region: 'r', zone: 'z', subzone: 's' }]);
});

const REFUSED: readonly (readonly [string, Parameters<typeof proxyOfNode>[0], string | undefined, RegExp])[] = [
  ['a node id of another form', { id: 'cart-1' }, undefined, /node id "cart-1" is not of the form/],
  [
    'a type that is not served',
    { id: 'agent~1.1.1.1~a.b~c' },
    undefined,
    /"agent" are not served: types are sidecar, router/,
  ],
  ['a type that every object knows', { id: 'constructor~1.1.1.1~a.b~c' }, undefined, /"constructor" are not served/],
  [
    'the identity of another namespace',
    NODE,
    'spiffe://cluster.local/ns/bank/sa/cart',
    /namespace "shop", its identity is .*bank/,
  ],
  [
    'the pod of another account',
    { ...NODE, metadata: { SERVICE_ACCOUNT: 'other' } },
    'spiffe://cluster.local/ns/shop/sa/other',
    /has the service account "cart"/,
  ],
  [
    'the identity of another account',
    { id: 'sidecar~1.1.1.1~x.shop~d', metadata: { SERVICE_ACCOUNT: 'admin' } },
    'spiffe://cluster.local/ns/shop/sa/cart',
    /has the service account "admin"/,
  ],
  [
    'another namespace in the metadata',
    { ...NODE, metadata: { NAMESPACE: 'bank' } },
    'spiffe://cluster.local/ns/shop/sa/cart',
    /"bank"/,
  ],
  ['an identity that is none of a workload', NODE, 'spiffe://cluster.local/control', /not the identity of a workload/],
];

for (const [name, node, principal, reason] of REFUSED) {
  test(`${name} is refused`, () => {
    const result = proxyOfNode(node, principal, MESH);
    assert.ok(result.kind === 'err');
    assert.match(result.error, reason);
  });
}
