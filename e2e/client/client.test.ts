/**
 * The mesh's client against its server over TLS: verbs, events, and controllers that work side by side. With a kubeconfig named in
 * `CLUSTER_KUBECONFIG` the same is asked of that cluster; it must be one that may be written to and thrown away.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crdManifest, isCrdEstablished, istio, kubernetes, type ObjectOf } from '@weft/api';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { Controller, type KubeClient, parseKey } from '@weft/kube/client';
import { ApiStatusError, isApiStatusError } from '@weft/kube/shared';
import { captureLogger, eventuallyPasses } from '@weft/testkit';
import { clusterKubeconfig, kubeconfigFor } from '../support/cluster.ts';
import { type ConfigMap, configMap } from '../support/objects.ts';
import { openClient } from '../support/own-client.ts';

type VirtualService = ObjectOf<typeof istio.networking.virtualService>;

const NAMESPACE = 'bookinfo';

test('client', { timeout: 60_000 }, async (t) => {
  const kubeconfig = await kubeconfigFor(t);
  const log = captureLogger();
  const client = await openClient(t, { kubeconfig, log: log.logger });
  if (clusterKubeconfig !== undefined) await defineVirtualServices(client);
  await client.resource(kubernetes.core.namespace).create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });

  await t.test('reads and writes typed objects', () => typedObjects(client));
  await t.test('applies with a field manager', () => apply(client));
  await t.test('reads and writes status apart from the rest', () => status(client));
  await t.test('reads all pages as of one state', () => pages(client));
  await t.test('finds kinds that it was not built with', () => dynamicKinds(client));
  await t.test('passes on the warnings of the server', async () => {
    await client.resource(istio.networking.virtualService, { namespace: NAMESPACE }).create(
      {
        ...virtualService('warned', ['w']),
        spec: { ...virtualService('warned', ['w']).spec, unknown: 1 },
      } as VirtualService,
      { fieldValidation: 'Warn' },
    );
    const warnings = log.records.filter(({ level }) => level === 'warning').map(({ fields }) => fields['warning']);
    assert.ok(
      warnings.some((text) => /unknown field "spec\.unknown"/.test(String(text))),
      String(warnings),
    );
  });
  await t.test('writes events that count', () => eventsAreCounted(client));
  await t.test('ten controllers that write to the same objects end consistent', () => controllers(client));
});

async function typedObjects(client: KubeClient): Promise<void> {
  const services = client.resource(istio.networking.virtualService, { namespace: NAMESPACE });
  const created = await services.create(virtualService('reviews', ['reviews']));
  assert.equal(await services.find('absent'), undefined);
  const patched = await services.patch('reviews', {
    type: 'json',
    body: [{ op: 'add', path: '/spec/hosts/-', value: 'x' }],
  });
  assert.deepEqual(patched.spec?.hosts, ['reviews', 'x']);
  const conflict = await refusal(services.replace(created));
  assert.equal(conflict.reason, 'Conflict');
  await services.replace({ ...patched, spec: { ...patched.spec, hosts: ['y'] } });
  assert.deepEqual((await services.get('reviews')).spec?.hosts, ['y']);
  const dry = await services.patch('reviews', { type: 'merge', body: { spec: { hosts: ['z'] } } }, { isDryRun: true });
  assert.deepEqual(dry.spec?.hosts, ['z']);
  const invalid = await refusal(
    services.patch('reviews', { type: 'merge', body: { spec: { http: [{ timeout: 'soon' }] } } }),
  );
  assert.equal(invalid.statusCode, 422);
  assert.match(invalid.details?.causes?.map(({ field }) => field).join(' ') ?? '', /spec\.http\[0\]/);
  const wrong = await refusal(services.delete('reviews', { preconditions: { uid: 'another' } }));
  assert.equal(wrong.statusCode, 409);
  await services.delete('reviews', { preconditions: { uid: created.metadata.uid ?? '' } });
  assert.equal((await refusal(services.get('reviews'))).reason, 'NotFound');
  assert.equal((await refusal(services.inNamespace('absent').create(virtualService('a', ['a'])))).reason, 'NotFound');
}

async function apply(client: KubeClient): Promise<void> {
  const objects = client.resource(kubernetes.core.configMap, { namespace: NAMESPACE });
  const config = (data: Record<string, string>): ConfigMap => configMap('applied', data);
  await objects.apply(config({ shared: 'a', own: 'x' }), { fieldManager: 'one' });
  const conflict = await refusal(objects.apply(config({ shared: 'b' }), { fieldManager: 'two' }));
  assert.equal(conflict.details?.causes?.[0]?.field, '.data.shared');
  const forced = await objects.apply(config({ shared: 'b' }), { fieldManager: 'two', force: true });
  assert.deepEqual(forced.data, { shared: 'b', own: 'x' });
  const again = await objects.apply(config({ shared: 'b' }), { fieldManager: 'two' });
  assert.equal(again.metadata.resourceVersion, forced.metadata.resourceVersion, 'what changes nothing writes nothing');
}

async function status(client: KubeClient): Promise<void> {
  const deployments = client.resource(kubernetes.apps.deployment, { namespace: NAMESPACE });
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
  await deployments.create({
    ...kind,
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, template },
  });
  const merged = await deployments.patchStatus('web', { replicas: 1, readyReplicas: 1 });
  assert.equal(merged.status?.readyReplicas, 1);
  const condition = { type: 'Available', status: 'True', reason: 'R', message: 'm' } as const;
  await deployments.applyStatus(
    { ...kind, metadata: { name: 'web' }, status: { conditions: [condition] } },
    { fieldManager: 'watcher' },
  );
  const read = await deployments.get('web');
  assert.equal(read.status?.conditions?.[0]?.type, 'Available');
  const updated = await deployments.updateStatus({
    ...read,
    spec: { ...read.spec!, replicas: 7 },
    status: { replicas: 2 },
  });
  assert.equal(updated.status?.replicas, 2);
  assert.equal(updated.spec?.replicas, 1, 'the spec is not the business of who writes the status');
  assert.equal(updated.metadata.generation, 1);
}

async function pages(client: KubeClient): Promise<void> {
  const objects = client.resource(kubernetes.core.configMap, { namespace: 'kube-public' });
  const names = Array.from({ length: 25 }, (_, index) => `page-${String(index).padStart(2, '0')}`);
  await Promise.all(names.map((name) => objects.create(configMap(name, {}, { paged: 'yes' }))));
  const all = await objects.listAll({ labelSelector: 'paged', limit: 4 });
  assert.deepEqual(
    all.items.map(({ metadata }) => metadata.name),
    names,
  );
  assert.equal(all.items[0]?.kind, 'ConfigMap');
  const filtered = await objects.listAll({ labelSelector: 'paged', fieldSelector: 'metadata.name=page-07' });
  assert.equal(filtered.items.length, 1);
  await objects.deleteCollection({ labelSelector: 'paged' });
  assert.equal((await objects.listAll({ labelSelector: 'paged' })).items.length, 0);
}

async function dynamicKinds(client: KubeClient): Promise<void> {
  assert.match((await client.discovery.serverVersion()).gitVersion, /^v1\.\d+/);
  const unknown = client.dynamic('example.com/v1', 'Widget', NAMESPACE);
  await assert.rejects(unknown, /the API server has no kind "Widget" in version "example\.com\/v1"/);
  const spec = { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } };
  await client.resource(kubernetes.apiextensions.customResourceDefinition).create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  });
  await eventuallyPasses(async () => {
    const widgets = await client.dynamic('example.com/v1', 'Widget', NAMESPACE);
    await widgets.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 3 } });
  });
  const widgets = await client.dynamic('example.com/v1', 'Widget', NAMESPACE);
  assert.deepEqual((await widgets.get('w'))['spec'], { size: 3 });
  const invalid = await refusal(widgets.patch('w', { type: 'merge', body: { spec: { size: 0 } } }));
  assert.match(invalid.message, /spec\.size/);
}

async function eventsAreCounted(client: KubeClient): Promise<void> {
  const recorder = client.eventRecorder('e2e');
  const subject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  for (let index = 0; index < 3; index++) {
    recorder.record(subject, { type: 'Warning', reason: 'ConfigRejected', message: 'listener 15006 is not valid' });
  }
  await recorder.stop();
  assert.equal(recorder.droppedCount, 0);
  const { items } = await client.resource(kubernetes.core.event, { namespace: 'default' }).listAll({
    fieldSelector: `involvedObject.name=${NAMESPACE},reason=ConfigRejected`,
  });
  assert.deepEqual(
    items.map(({ count, message, type }) => ({ count, message, type })),
    [{ count: 3, message: 'listener 15006 is not valid', type: 'Warning' }],
  );
}

const CONTROLLERS = 10;
const SOURCES = 8;

/** Every controller copies each source's value to its own field of the target, in one of two ways, and all share targets. */
async function controllers(client: KubeClient): Promise<void> {
  const objects = client.resource(kubernetes.core.configMap, { namespace: 'kube-public' });
  const scope = { resource: objects.resource, namespace: 'kube-public' };
  const sources = client.informers.acquire({ ...scope, labelSelector: 'role=source' });
  const targets = client.informers.acquire({ ...scope, labelSelector: 'role=target' });
  const conflicts = { count: 0 };
  const running = Array.from({ length: CONTROLLERS }, (_, index) => {
    const field = `c${index}`;
    const controller = new Controller({
      name: field,
      clock: systemClock,
      random: systemRandom,
      log: noopLogger,
      concurrency: 2,
      reconcile: async (key) => {
        const { name } = parseKey(key);
        const value = sources.informer.cache.get(key)?.data?.['value'];
        if (value === undefined || targets.informer.cache.get(`kube-public/target-${name}`)?.data?.[field] === value)
          return undefined;
        const target = configMap(`target-${name}`, { [field]: value }, { role: 'target' });
        if (index % 2 === 0) await objects.apply(target, { fieldManager: field });
        else await putField(target, field, conflicts);
        return undefined;
      },
    });
    controller.follow(sources.informer);
    controller.follow(targets.informer, ({ metadata }) => [`kube-public/${metadata.name?.replace('target-', '')}`]);
    controller.start();
    return controller;
  });

  async function putField(target: ConfigMap, field: string, seen: { count: number }): Promise<void> {
    const found = await objects.find(target.metadata.name ?? '');
    try {
      if (found === undefined) await objects.create(target);
      else await objects.replace({ ...found, data: { ...found.data, ...target.data } }, { fieldManager: field });
    } catch (error) {
      if (isApiStatusError(error, 'Conflict', 'AlreadyExists')) seen.count++;
      throw error;
    }
  }

  const names = Array.from({ length: SOURCES }, (_, index) => `source-${index}`);
  const labels = { role: 'source' };
  await Promise.all(names.map((name) => objects.create(configMap(name, { value: '0' }, labels))));
  for (let round = 1; round <= 4; round++) {
    await Promise.all(
      names.map((name) => objects.patch(name, { type: 'merge', body: { data: { value: String(round) } } })),
    );
    // Somebody takes a target away in the middle of the work.
    await objects.delete(`target-source-${round}`).catch((error: unknown) => {
      if (!isApiStatusError(error, 'NotFound')) throw error;
    });
  }
  const expected = Object.fromEntries(running.map((_, index) => [`c${index}`, '4']));
  await eventuallyPasses(
    async () => {
      const { items } = await objects.listAll({ labelSelector: 'role=target' });
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        names.map((name) => `target-${name}`),
      );
      for (const item of items) assert.deepEqual(item.data, expected);
    },
    { withinMs: 20_000 },
  );
  await eventuallyPasses(() =>
    assert.ok(running.every(({ queue }) => queue.depth + queue.working + queue.delayed === 0)),
  );
  const settled = await objects.listAll({ labelSelector: 'role=target' });
  await Promise.all(running.map((controller) => controller.stop()));
  const after = await objects.listAll({ labelSelector: 'role=target' });
  assert.equal(after.resourceVersion, settled.resourceVersion, 'controllers that are done write no more');
  assert.ok(conflicts.count > 0, 'the controllers never met, so this proved nothing');
  await Promise.all([sources.release(), targets.release()]);
}

/** What Weft's own server knows without being told. */
async function defineVirtualServices(client: KubeClient): Promise<void> {
  const definitions = client.resource(kubernetes.apiextensions.customResourceDefinition);
  const manifest = crdManifest(istio.networking.virtualService) as unknown as Parameters<typeof definitions.create>[0];
  const { metadata } = await definitions.apply(manifest, { fieldManager: 'e2e', force: true });
  await eventuallyPasses(async () => assert.ok(isCrdEstablished(await definitions.get(metadata.name ?? ''))));
}

async function refusal(call: Promise<unknown>): Promise<ApiStatusError> {
  const error = await call.then(
    () => assert.fail('expected a refusal'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiStatusError, String(error));
  return error;
}

function virtualService(name: string, hosts: string[]): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts, http: [{ route: [{ destination: { host: 'reviews' } }] }] },
  };
}
