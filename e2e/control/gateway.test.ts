/** A mesh from a folder, without a cluster: `weft control` tells `weft proxy` what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses, freePort } from '@weft/testkit';
import { startApp } from '../support/app.ts';
import { startControl } from '../support/control.ts';
import { startProxy } from '../support/proxy.ts';

/** A gateway that is configured by the control plane alone. */
function bootstrap(xdsPort: number): string {
  return `
node:
  id: router~127.0.0.1~edge-1.shop~shop.svc.cluster.local
  cluster: edge
  metadata: { LABELS: { istio: ingressgateway }, NAMESPACE: shop }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
dynamic_resources:
  ads_config: { api_type: DELTA_GRPC, transport_api_version: V3, grpc_services: [{ envoy_grpc: { cluster_name: xds } }] }
  cds_config: { ads: {}, resource_api_version: V3 }
  lds_config: { ads: {}, resource_api_version: V3 }
static_resources:
  clusters:
  - name: xds
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: { http2_protocol_options: {} }
    load_assignment:
      cluster_name: xds
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${xdsPort} } } } }] }]
`;
}

function mesh(gatewayPort: number, stable: number, canary: number, weights: readonly [number, number]): string {
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews.shop.svc.cluster.local]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  location: MESH_INTERNAL
  endpoints:
  - { address: 127.0.0.1, ports: { http: ${stable} }, labels: { version: v1 } }
  - { address: 127.0.0.1, ports: { http: ${canary} }, labels: { version: v2 } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: shop }
spec:
  host: reviews.shop.svc.cluster.local
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: ${gatewayPort}, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
  - match: [{ uri: { prefix: /broken } }]
    fault: { abort: { percentage: { value: 100 }, httpStatus: 503 } }
    route: [{ destination: { host: reviews.shop.svc.cluster.local } }]
  - match: [{ headers: { x-canary: { exact: "yes" } } }]
    route: [{ destination: { host: reviews.shop.svc.cluster.local, subset: v2 } }]
  - route:
    - { destination: { host: reviews.shop.svc.cluster.local, subset: v1 }, weight: ${weights[0]} }
    - { destination: { host: reviews.shop.svc.cluster.local, subset: v2 }, weight: ${weights[1]} }
`;
}

test('routes of a folder reach a gateway, and changes of the folder while it serves', async (t) => {
  const [stable, canary, gatewayPort] = await Promise.all([
    startApp(t, (_request, response) => response.end('v1')),
    startApp(t, (_request, response) => response.end('v2')),
    freePort(),
  ]);
  const control = await startControl(t, mesh(gatewayPort, stable, canary, [100, 0]), ['--trust-this-machine']);
  const proxy = await startProxy(t, bootstrap(control.xdsPort));
  const ask = async (path: string, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${gatewayPort}${path}`, { headers });
    return `${answer.status} ${await answer.text()}`;
  };
  await eventuallyPasses(async () => assert.equal(await ask('/'), '200 v1', proxy.output()), { withinMs: 20_000 });
  assert.equal(await ask('/', { 'x-canary': 'yes' }), '200 v2');
  assert.match(await ask('/broken'), /^503 /);

  control.write('mesh.yaml', mesh(gatewayPort, stable, canary, [0, 100]));
  await eventuallyPasses(async () => assert.equal(await ask('/'), '200 v2'));

  const syncz = await (await fetch(`http://127.0.0.1:${control.debugPort}/debug/syncz`)).json();
  assert.equal((syncz as { proxy: string }[])[0]?.proxy, 'edge-1.shop');
  // What runs goes on without who told it to.
  assert.equal(await control.stop('SIGTERM'), 0);
  assert.equal(await ask('/'), '200 v2');
});
