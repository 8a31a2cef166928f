import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnyKind, schemaOf } from '../kind/index.ts';
import { resolve, type Schema } from '../schema/index.ts';
import { kubernetesKinds } from './kubernetes.ts';
import { apps, batch, core, discovery } from './kubernetes-groups.ts';

/** The schema at a dotted path; lists are passed through. */
function at(kind: AnyKind, path: string): Schema {
  let schema = schemaOf(kind, kind.storageVersion);
  for (const name of path.split('.')) {
    schema = resolve(schema.items === undefined ? schema : schema.items);
    const next = schema.properties?.[name];
    assert.ok(next !== undefined, `${kind.kind} has ${path}`);
    schema = next;
  }
  return schema;
}

// As the Go types of Kubernetes 1.33 declare them (patchStrategy, patchMergeKey, listType, listMapKey).
const LISTS: readonly (readonly [kind: AnyKind, path: string, strategy: string, mergeKey: string, mapKeys: string])[] =
  [
    [core.pod, 'metadata.ownerReferences', 'merge', 'uid', 'uid'],
    [core.pod, 'spec.volumes', 'merge,retainKeys', 'name', 'name'],
    [core.pod, 'spec.containers', 'merge', 'name', 'name'],
    [core.pod, 'spec.initContainers', 'merge', 'name', 'name'],
    [core.pod, 'spec.ephemeralContainers', 'merge', 'name', 'name'],
    [core.pod, 'spec.containers.ports', 'merge', 'containerPort', 'containerPort,protocol'],
    [core.pod, 'spec.containers.env', 'merge', 'name', 'name'],
    [core.pod, 'spec.containers.volumeMounts', 'merge', 'mountPath', 'mountPath'],
    [core.pod, 'spec.containers.volumeDevices', 'merge', 'devicePath', 'devicePath'],
    [core.pod, 'spec.imagePullSecrets', 'merge', 'name', 'name'],
    [core.pod, 'spec.hostAliases', 'merge', 'ip', 'ip'],
    [core.pod, 'spec.topologySpreadConstraints', 'merge', 'topologyKey', 'topologyKey,whenUnsatisfiable'],
    [core.pod, 'spec.schedulingGates', 'merge', 'name', 'name'],
    [core.pod, 'spec.resourceClaims', 'merge,retainKeys', 'name', 'name'],
    [core.pod, 'status.conditions', 'merge', 'type', 'type'],
    [core.pod, 'status.podIPs', 'merge', 'ip', 'ip'],
    [core.service, 'spec.ports', 'merge', 'port', 'port,protocol'],
    [core.service, 'status.conditions', 'merge', 'type', 'type'],
    [core.serviceAccount, 'secrets', 'merge', 'name', 'name'],
    [core.node, 'status.addresses', 'merge', 'type', 'type'],
    [core.node, 'status.conditions', 'merge', 'type', 'type'],
    [core.namespace, 'status.conditions', 'merge', 'type', 'type'],
    [apps.deployment, 'spec.template.spec.containers', 'merge', 'name', 'name'],
    [apps.deployment, 'status.conditions', 'merge', 'type', 'type'],
    [apps.statefulSet, 'status.conditions', 'merge', 'type', 'type'],
  ];

const ATOMIC: readonly (readonly [AnyKind, string])[] = [
  [core.pod, 'spec.tolerations'],
  [core.pod, 'spec.readinessGates'],
  [core.pod, 'spec.containers.args'],
  [core.pod, 'spec.containers.command'],
  [core.pod, 'spec.containers.envFrom'],
  [core.pod, 'status.containerStatuses'],
  [core.node, 'spec.taints'],
  [core.endpoints, 'subsets'],
  [core.service, 'spec.clusterIPs'],
  [core.serviceAccount, 'imagePullSecrets'],
  [discovery.endpointSlice, 'endpoints'],
  [discovery.endpointSlice, 'ports'],
  [apps.statefulSet, 'spec.volumeClaimTemplates'],
];

describe('lists are merged as kubectl and server-side apply expect', () => {
  for (const [kind, path, strategy, mergeKey, mapKeys] of LISTS) {
    test(`${kind.kind} ${path}`, () => {
      const schema = at(kind, path);
      assert.deepEqual(schema.patch, { strategy, mergeKey });
      assert.equal(schema.listType, 'map');
      assert.equal(schema.mapKeys?.join(), mapKeys);
    });
  }
  for (const [kind, path] of ATOMIC) {
    test(`${kind.kind} ${path} as a whole`, () => {
      const schema = at(kind, path);
      assert.equal(schema.listType, 'atomic');
      assert.equal(schema.patch, undefined);
    });
  }
  test('finalizers and node blocks are sets', () => {
    for (const [kind, path] of [
      [core.pod, 'metadata.finalizers'],
      [core.node, 'spec.podCIDRs'],
    ] as const) {
      assert.equal(at(kind, path).listType, 'set');
      assert.deepEqual(at(kind, path).patch, { strategy: 'merge' });
    }
  });
  test('conditions of jobs are merged by kubectl and owned as a whole', () => {
    assert.deepEqual(at(batch.job, 'status.conditions').patch, { strategy: 'merge', mergeKey: 'type' });
    assert.equal(at(batch.job, 'status.conditions').listType, 'atomic');
  });
  test('the strategy of a deployment keeps no limits of another type', () => {
    assert.deepEqual(at(apps.deployment, 'spec.strategy').patch, { strategy: 'retainKeys' });
  });
  test('selectors are owned as a whole', () => {
    for (const [kind, path] of [
      [apps.deployment, 'spec.selector'],
      [core.service, 'spec.selector'],
      [core.pod, 'spec.nodeSelector'],
    ] as const) {
      assert.equal(at(kind, path).mapType, 'atomic', path);
    }
  });
});

test('a component name always means the same structure', () => {
  const structures = new Map<string, { readonly shape: string; readonly where: string }>();
  for (const kind of kubernetesKinds) {
    for (const { name } of kind.versions) visit(schemaOf(kind, name), `${kind.kind} ${name}`);
  }

  function visit(given: Schema, where: string, inside: ReadonlySet<Schema> = new Set()): void {
    const schema = resolve(given);
    if (inside.has(schema)) return;
    const members = Object.entries(schema.properties ?? {});
    if (schema.name !== undefined) {
      const shape = JSON.stringify([
        schema.type,
        schema.format,
        members.map(([key, member]) => `${key}: ${resolve(member).type}`).toSorted((a, b) => a.localeCompare(b)),
      ]);
      const known = structures.get(schema.name);
      if (known === undefined) structures.set(schema.name, { shape, where });
      else assert.equal(shape, known.shape, `${schema.name} in ${where} and in ${known.where}`);
    }
    const next = new Set(inside).add(schema);
    for (const [key, member] of members) visit(member, `${where}.${key}`, next);
    if (schema.items !== undefined) visit(schema.items, `${where}[]`, next);
    if (schema.additional !== undefined) visit(schema.additional, `${where}.*`, next);
  }
});

test('every field is described, in a sentence', () => {
  const poor: string[] = [];
  for (const kind of kubernetesKinds) {
    for (const { name } of kind.versions) visit(schemaOf(kind, name), kind.kind, new Set());
  }
  assert.deepEqual(poor, []);

  function visit(given: Schema, where: string, inside: ReadonlySet<Schema>): void {
    const schema = resolve(given);
    if (inside.has(schema)) return;
    if (!/^[A-Z*$].*[.…]$/.test(given.description ?? schema.description ?? '')) poor.push(where);
    const next = new Set(inside).add(schema);
    for (const [key, member] of Object.entries(schema.properties ?? {})) visit(member, `${where}.${key}`, next);
    if (schema.items !== undefined) visit(schema.items, `${where}[]`, next);
    if (schema.additional !== undefined) visit(schema.additional, `${where}.*`, next);
  }
});
