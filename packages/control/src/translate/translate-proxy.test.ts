import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshProxy, MeshSnapshot } from '../mesh/model/index.ts';
import { meshOf, withObjects, without } from '../mesh/test-support/mesh.ts';
import { encodeResources } from './encode-resources.ts';
import { Memo } from './memo.ts';
import type { ProxyResources } from './resources.ts';
import { compileAll } from './test-support/compile.ts';
import { inputIn } from './test-support/mesh-input.ts';
import { destinationRule, service, texts } from './test-support/mesh-text.ts';
import { translateProxy } from './translate-proxy.ts';

const PROXIES: readonly Partial<MeshProxy>[] = [
  { id: 'one.a', labels: { app: 'one' }, addresses: ['10.9.0.1'] },
  { id: 'two.a', labels: { app: 'two' }, addresses: ['10.9.0.2'], locality: { region: 'r', zone: 'z', subzone: '' } },
  { id: 'web.b', namespace: 'b', labels: { app: 'web' }, addresses: ['10.1.0.1'] },
  { id: 'gw.a', type: 'router', labels: { istio: 'gateway' }, addresses: ['10.9.0.3'] },
  { id: 'grpc.a', metadata: { GENERATOR: 'grpc' } },
];

const web = (...addresses: readonly string[]): string =>
  service({ name: 'web', ports: ['http:80', 'tcp:5000'], endpoints: addresses.map((address) => ({ address })) });
const DB = service({
  name: 'db',
  ports: ['tcp:5432'],
  spec: { clusterIP: 'None' },
  endpoints: [{ address: '10.2.0.1' }],
});
const RULES = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: b }
spec:
  hosts: [web.b.svc.cluster.local]
  gateways: [mesh, a/gw]
  http: [{ match: [{ sourceLabels: { app: two } }], route: [{ destination: { host: web, subset: v1 } }] }, { route: [{ destination: { host: web } }] }]`;
const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: a }
spec: { selector: { istio: gateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }`;
const STRICT = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: b }
spec: { mtls: { mode: STRICT } }`;

const DENY = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: nobody, namespace: b }
spec: { selector: { matchLabels: { app: web } }, action: DENY, rules: [{}] }`;

/** One change of the mesh after the other. */
const HISTORY: readonly ((mesh: MeshSnapshot) => MeshSnapshot)[] = [
  (mesh) => withObjects(mesh, web('10.1.0.1', '10.1.0.2')),
  (mesh) => withObjects(mesh, DB),
  (mesh) => withObjects(mesh, RULES, GATEWAY),
  (mesh) => withObjects(mesh, destinationRule('web', 'subsets: [{ name: v1, labels: { version: v1 } }]')),
  (mesh) => withObjects(mesh, web('10.1.0.1', '10.1.0.3', '10.1.0.4')),
  (mesh) => withObjects(mesh, STRICT),
  (mesh) => withObjects(mesh, web('10.1.0.1')),
  (mesh) => withObjects(mesh, DENY),
  // Not even a generation changes.
  (mesh) =>
    withObjects(mesh, DENY.replace('namespace: b }', "namespace: b, annotations: { istio.io/dry-run: 'true' } }")),
  (mesh) => without(mesh, 'Service', 'b/db'),
  (mesh) => without(mesh, 'VirtualService', 'b/web'),
];

test('what was kept from before a change makes no difference: it is what is made anew', () => {
  const memo = new Memo();
  let mesh = meshOf(web('10.1.0.1'));
  for (const change of [(same: MeshSnapshot) => same, ...HISTORY]) {
    mesh = change(mesh);
    for (const proxy of PROXIES) {
      const kept = translateProxy(inputIn(mesh, proxy, memo));
      const fresh = translateProxy(inputIn(mesh, proxy));
      assert.deepEqual(kept.resources, fresh.resources);
      assert.deepEqual(kept.findings, fresh.findings);
      const versions = ({ parts }: typeof kept) =>
        [...encodeResources(parts).sets.values()].map(({ version }) => version);
      assert.deepEqual(versions(kept), versions(fresh));
      assert.deepEqual(encodeResources(kept.parts).refused, []);
    }
    memo.endRound();
  }
});

test('our proxy takes all that is made, and names are unique', () => {
  let mesh = meshOf(web('10.1.0.1'));
  for (const change of HISTORY) mesh = change(mesh);
  for (const proxy of PROXIES.filter(({ metadata }) => metadata === undefined)) {
    const { resources } = translateProxy(inputIn(mesh, proxy));
    compileAll(resources);
    const { listeners, routes, clusters, endpoints } = resources;
    for (const list of [listeners, routes, clusters, endpoints]) {
      assert.equal(new Set(list.map(nameOf)).size, list.length);
    }
  }
});

function nameOf(resource: object): unknown {
  return 'clusterName' in resource ? resource.clusterName : (resource as { readonly name?: string }).name;
}

test('after a change of endpoints, only their assignments are other objects', () => {
  const memo = new Memo();
  const before = meshOf(texts(web('10.1.0.1'), service({ name: 'other', endpoints: [{ address: '10.3.0.1' }] })));
  const after = withObjects(before, web('10.1.0.1', '10.1.0.2'));
  const resources = (mesh: MeshSnapshot): ProxyResources => translateProxy(inputIn(mesh, PROXIES[0], memo)).parts[0]!;
  const [one, two] = [resources(before), resources(after)];
  assert.equal(two.listeners, one.listeners);
  assert.equal(two.routes, one.routes);
  assert.equal(two.clusters, one.clusters);
  const changed = two.endpoints.filter((assignment, i) => assignment !== one.endpoints[i]);
  assert.deepEqual(
    changed.map(({ clusterName }) => clusterName),
    ['outbound|80||web.b.svc.cluster.local', 'outbound|5000||web.b.svc.cluster.local'],
  );
});

test('proxies of one class share what they send; labels tell them apart only where something asks for them', () => {
  const memo = new Memo();
  const sent = (mesh: MeshSnapshot, labels: Record<string, string>) =>
    translateProxy(inputIn(mesh, { labels }, memo)).parts[0];
  const plain = meshOf(web('10.1.0.1'));
  assert.equal(sent(plain, { app: 'one' }), sent(plain, { app: 'two' }));
  const asking = withObjects(plain, RULES);
  assert.notEqual(sent(asking, { app: 'one' }), sent(asking, { app: 'two' }));
  assert.equal(sent(asking, { app: 'one', x: '1' }), sent(asking, { app: 'one', x: '2' }));
});

const FILTER = `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: more, namespace: a }
spec:
  workloadSelector: { labels: { app: one } }
  configPatches:
    - applyTo: CLUSTER
      match: { context: SIDECAR_OUTBOUND }
      patch: { operation: ADD, value: { name: added, type: EDS, connect_timeout: 1s, eds_cluster_config: { eds_config: { ads: {} } } } }`;

test('EnvoyFilters are applied to the proxies that they select, and the clusters that they add have endpoints', () => {
  const mesh = meshOf(texts(web('10.1.0.1'), FILTER));
  const names = (proxy: Partial<MeshProxy>) =>
    translateProxy(inputIn(mesh, proxy)).resources.endpoints.map(({ clusterName }) => clusterName);
  assert.ok(names(PROXIES[0]!).includes('added'));
  assert.ok(!names(PROXIES[1]!).includes('added'));
});
