import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { meshOf, object } from '../test-support/mesh.ts';
import { envoyFiltersFor } from './policies.ts';
import { authorizationFor, effectiveMtls } from './security.ts';

const peer = (key: string, spec: string): string => object('PeerAuthentication', key, spec);
const policy = (key: string, spec: string): string => object('AuthorizationPolicy', key, spec);
const WEB = 'selector: {matchLabels: {app: web}}';
const web = { namespace: 'a', labels: { app: 'web' } };

function mode(mesh: MeshSnapshot, subject = web): string {
  const { mode: found, source } = effectiveMtls(mesh, subject);
  return `${found} ${source === undefined ? '' : `${source.namespace}/${source.name}`}`.trim();
}

test('SEMANTICS 23: the workload beats its namespace, which beats the mesh; the oldest of each; UNSET inherits', () => {
  assert.equal(mode(meshOf()), 'PERMISSIVE');
  const mesh = peer('istio-system/mesh', '{mtls: {mode: STRICT}}');
  const namespace = peer('a/ns', '{mtls: {mode: DISABLE}}');
  const workload = peer('a/web', `{${WEB}, mtls: {mode: PERMISSIVE}}`);
  assert.equal(mode(meshOf(mesh)), 'STRICT istio-system/mesh');
  assert.equal(mode(meshOf(mesh, namespace)), 'DISABLE a/ns');
  assert.equal(mode(meshOf(mesh, namespace, workload)), 'PERMISSIVE a/web');
  assert.equal(mode(meshOf(mesh, namespace, workload), { ...web, labels: { app: 'other' } }), 'DISABLE a/ns');
  assert.equal(mode(meshOf(mesh, peer('a/ns', '{mtls: {mode: UNSET}}'))), 'STRICT istio-system/mesh');
  assert.equal(
    mode(meshOf(mesh, peer('a/ns', '{}'), namespace.replace('name: ns', 'name: younger'))),
    'STRICT istio-system/mesh',
  );
  assert.equal(mode(meshOf(namespace, peer('a/aa', '{mtls: {mode: STRICT}}'))), 'DISABLE a/ns', 'the oldest');
});

test('SEMANTICS 23: selectors in the root namespace are ignored', () => {
  const mesh = meshOf(peer('istio-system/web', `{${WEB}, mtls: {mode: STRICT}}`));
  assert.equal(mode(mesh), 'PERMISSIVE');
  assert.equal(mode(mesh, { namespace: 'istio-system', labels: { app: 'web' } }), 'PERMISSIVE');
});

test('SEMANTICS 23: modes of ports are those of the policy of the workload, by its own ports', () => {
  const ports = 'portLevelMtls: {"8080": {mode: DISABLE}, "9090": {mode: UNSET}}';
  const mesh = meshOf(peer('a/ns', '{mtls: {mode: STRICT}}'), peer('a/web', `{${WEB}, ${ports}}`));
  const found = effectiveMtls(mesh, web);
  assert.equal(found.mode, 'STRICT');
  assert.deepEqual(
    Array.from(found.ports, ([port, setting]) => [port, setting.mode, setting.source?.name]),
    [
      [8080, 'DISABLE', 'web'],
      [9090, 'STRICT', 'ns'],
    ],
  );
});

test('SEMANTICS 26 and 32: policies of the root namespace and of the own, by action; targetRefs are for others', () => {
  const rules = 'rules: [{}]';
  const mesh = meshOf(
    policy('a/allow', `{${WEB}, ${rules}}`),
    policy('istio-system/deny', `{action: DENY, ${rules}}`),
    policy('istio-system/deny-web', `{${WEB}, action: DENY, ${rules}}`),
    policy('a/audit', `{action: AUDIT, ${rules}}`),
    policy('a/custom', `{action: CUSTOM, provider: {name: x}, ${rules}}`),
    policy('a/empty', '{}'),
    policy('a/other', '{selector: {matchLabels: {app: other}}}'),
    policy('b/elsewhere', `{${rules}}`),
    policy('a/attached', `{targetRefs: [{kind: Service, group: "", name: web}], ${rules}}`),
  );
  const { custom, deny, allow, audit } = authorizationFor(mesh, web);
  const names = (policies: readonly { ref: { name: string } }[]): string[] => policies.map(({ ref }) => ref.name);
  assert.deepEqual(names(custom), ['custom']);
  assert.deepEqual(names(deny), ['deny', 'deny-web']);
  assert.deepEqual(names(allow), ['allow', 'empty']);
  assert.deepEqual(names(audit), ['audit']);
});

test('EnvoyFilters by priority, then the root namespace, then age', () => {
  const filter = (key: string, priority: number): string =>
    object('EnvoyFilter', key, `{priority: ${priority}, configPatches: []}`);
  const mesh = meshOf(
    filter('a/one', 0),
    filter('a/late', 5),
    filter('istio-system/root', 0),
    filter('a/two', 0),
    filter('a/early', -1),
  );
  assert.deepEqual(
    envoyFiltersFor(mesh, web).map(({ ref }) => ref.name),
    ['early', 'root', 'one', 'two', 'late'],
  );
});
