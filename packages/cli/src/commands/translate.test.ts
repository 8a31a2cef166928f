/** What a proxy would be sent, from files. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tempDir } from '@weft/testkit';
import { main } from '../main.ts';
import { formatYaml } from '../output/yaml.ts';
import { captureContext } from '../test-support/capture.ts';

const MESH = `apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: reviews-v1, namespace: shop, labels: {app: reviews, version: v1}}
spec: {serviceAccountName: reviews, containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.244.0.1, podIPs: [{ip: 10.244.0.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: reviews-1, namespace: shop, labels: {kubernetes.io/service-name: reviews}}
addressType: IPv4
ports: [{name: http, port: 9080, protocol: TCP}]
endpoints:
- addresses: [10.244.0.1]
  conditions: {ready: true}
  targetRef: {kind: Pod, namespace: shop, name: reviews-v1}
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - timeout: 3s
    route:
    - destination: {host: reviews, subset: v1}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v1, namespace: shop}
spec: {selector: {matchLabels: {app: reviews}}, template: {metadata: {labels: {app: reviews}}, spec: {containers: [{name: app, image: app}]}}}
`;

const NODE = { id: 'sidecar~10.244.0.1~reviews-v1.shop~shop.svc.cluster.local' };

interface Translation {
  readonly listeners: { name: string }[];
  readonly routes: { name: string; virtual_hosts: { name: string; routes: { route: Record<string, unknown> }[] }[] }[];
  readonly clusters: { name: string }[];
  readonly endpoints: { cluster_name: string }[];
}

async function run(stdinText: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const capture = captureContext({ stdinText });
  const code = await main(['translate', '-f', '-', ...argv], capture.context);
  return { code, out: capture.out(), err: capture.err() };
}

describe('weft translate', () => {
  it('prints the resources of the sidecar of a pod', async () => {
    const { code, out, err } = await run(MESH, '--proxy', 'reviews-v1.shop', '-o', 'json');
    assert.deepEqual([code, err], [0, '']);
    const made = JSON.parse(out) as Translation;
    const names = made.clusters.map(({ name }) => name);
    const host = 'reviews.shop.svc.cluster.local';
    for (const name of [`outbound|9080||${host}`, `outbound|9080|v1|${host}`, 'inbound|9080||']) {
      assert.ok(names.includes(name), `${name} in ${names.join(' ')}`);
    }
    const route = made.routes.find(({ name }) => name === '9080')?.virtual_hosts[0]?.routes[0];
    assert.equal(route?.route['cluster'], `outbound|9080|v1|${host}`);
    assert.equal(route?.route['timeout'], '3s');
    assert.ok(made.listeners.some(({ name }) => name === 'virtualInbound'));
    assert.equal(made.endpoints.length, 2);
  });

  it('is the same for a node that describes itself, in the file that it names too', async (t) => {
    const byName = await run(MESH, '--proxy', 'reviews-v1.shop');
    assert.match(byName.out, /^listeners:\n/);
    assert.equal((await run(MESH, '--node', JSON.stringify(NODE))).out, byName.out);
    const file = path.join(tempDir(t), 'node.json');
    writeFileSync(file, JSON.stringify(NODE));
    assert.equal((await run(MESH, '--node', `@${file}`)).out, byName.out);
    writeFileSync(file, formatYaml({ node: NODE, admin: {} }));
    assert.equal((await run(MESH, '--node', `@${file}`)).out, byName.out, 'the file is its bootstrap');
  });

  it('prints one type, and tables', async () => {
    const one = await run(MESH, '--proxy', 'reviews-v1.shop', '--type', 'endpoint', '-o', 'json');
    assert.deepEqual(Object.keys(JSON.parse(one.out) as object), ['endpoints']);
    const table = await run(MESH, '--proxy', 'reviews-v1.shop', '--type', 'route', '-o', 'wide');
    assert.match(table.out, /^NAME +VHOST NAME/);
    assert.match(
      table.out,
      /reviews\.shop +reviews\.shop\.svc\.cluster\.local:9080\/v1 +VirtualService shop\/reviews spec\.http\[0\]/,
    );
  });

  it('says what is wrong with file and line, translates the rest, and fails', async (t) => {
    const file = path.join(tempDir(t), 'mesh.yaml');
    const broken = MESH.replace('timeout: 3s', 'timeout: 3s\n    retries: {attempts: -1}').replace(
      'subset: v1}',
      'subset: v2}',
    );
    writeFileSync(file, broken.replace('retries: {attempts: -1}', ''));
    const capture = captureContext({ cwd: path.dirname(file) });
    const code = await main(['translate', '-f', file, '--proxy', 'reviews-v1.shop'], capture.context);
    assert.equal(code, 1);
    assert.match(
      capture.err(),
      /^mesh\.yaml:\d+: error: VirtualService shop\/reviews: spec\.http\[0\].*v2.*\[\w+\]\n/m,
    );
    assert.match(capture.out(), /outbound\|9080\|v1\|reviews/);

    const invalid = await run(broken, '--proxy', 'reviews-v1.shop');
    assert.equal(invalid.code, 1);
    assert.match(invalid.err, /^<stdin>:\d+: error: VirtualService shop\/reviews: spec\.http\[0\]\.retries/m);
    assert.doesNotMatch(invalid.out, /timeout: 3s/, 'what is invalid is left out');
    const twice = await run(`${MESH}---\n${MESH.split('---\n')[0]}`, '--proxy', 'reviews-v1.shop');
    assert.match(twice.err, /Service shop\/reviews: is already in <stdin>:1, which counts/);
  });

  it('asks for the proxy, and knows the pods there are', async () => {
    assert.match((await run(MESH)).err, /for which proxy\?/);
    const missing = await run(MESH, '--proxy', 'web.shop');
    assert.equal(missing.code, 2);
    assert.match(missing.err, /there is no Pod shop\/web in the files\nhint: there are reviews-v1\.shop/);
    assert.match((await run(MESH, '--node', '{"id": "x"}')).err, /not of the form TYPE~ADDRESS~NAME\.NAMESPACE~DOMAIN/);
    assert.match((await run(MESH, '--node', '{')).err, /--node is not YAML or JSON/);
    assert.match((await run(MESH, '--node', '{"id":"a"}', '--proxy', 'x')).err, /name two proxies/);
  });
});
