/**
 * The official JavaScript client against `weft apiserver`: what programs that exist already do, and what they must get.
 * A development dependency of 65 MB with its own dependencies, and 0.45 s of CPU and 90 MB of memory to load: it is for
 * these tests alone.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  ApiException,
  AppsV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { eventually, eventuallyPasses } from '@weft/testkit';
import { RestartableServer } from '../support/restartable-server.ts';
import { startServer } from '../support/server.ts';

const NAMESPACE = 'bookinfo';
const ISTIO = { group: 'networking.istio.io', version: 'v1', namespace: NAMESPACE, plural: 'virtualservices' };

/** A VirtualService as a program would hold it. */
interface VirtualService extends KubernetesObject {
  spec: { hosts: string[]; http?: { route: { destination: { host: string }; weight?: number }[] }[] };
}

const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const asStrategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
const asJsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
const asApply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

test('client-node', { timeout: 60_000 }, async (t) => {
  const config = new KubeConfig();
  config.loadFromFile((await startServer(t)).kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });

  await t.test('creates, reads, replaces and deletes core objects', () => coreObjects(core));
  await t.test('patches in every way', () => patches(config, core));
  await t.test('tells the conflict of a server-side apply and forces it', () => serverSideApply(core));
  await t.test('lists in pages and by selectors', () => lists(core));
  await t.test('watches', () => watching(config, core));
  await t.test('works with custom objects', () => customObjects(config));
  await t.test('works with objects of any kind', () => anyObjects(config));
  await t.test('asks for tokens and reviews', () => access(config, core));
  await t.test('gets error bodies that it can read', () => errors(config, core));
});

test('an informer of client-node goes on after a restart of the server', { timeout: 60_000 }, async (t) => {
  const server = await RestartableServer.start(t);
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
  await informerOverRestart(t, server, config);
});

async function coreObjects(core: CoreV1Api): Promise<void> {
  const body: V1ConfigMap = { metadata: { name: 'settings', labels: { app: 'a' } }, data: { a: '1' } };
  const created = await core.createNamespacedConfigMap({ namespace: NAMESPACE, body });
  assert.match(created.metadata?.uid ?? '', /^[0-9a-f-]{36}$/);
  assert.ok(created.metadata?.creationTimestamp instanceof Date, 'times are such as the client parses');
  const named = { namespace: NAMESPACE, name: 'settings' };
  const read = await core.readNamespacedConfigMap(named);
  assert.deepEqual(read.data, { a: '1' });
  const replaced = await core.replaceNamespacedConfigMap({
    ...named,
    body: { metadata: read.metadata, data: { b: '2' } },
  });
  assert.deepEqual(replaced.data, { b: '2' });
  assert.equal(replaced.metadata?.uid, created.metadata?.uid);
  const generated = await core.createNamespacedConfigMap({
    namespace: NAMESPACE,
    body: { metadata: { generateName: 'part-' } },
  });
  assert.match(generated.metadata?.name ?? '', /^part-[a-z0-9]{5}$/);
  const dry = await core.createNamespacedConfigMap({
    namespace: NAMESPACE,
    dryRun: 'All',
    body: { metadata: { name: 'dry' } },
  });
  assert.equal(dry.metadata?.name, 'dry');
  const status = await core.deleteNamespacedConfigMap(named);
  assert.equal(status.status, 'Success');
  await isRefused(core.readNamespacedConfigMap(named), 404, /configmaps "settings" not found/);
  await isRefused(core.readNamespacedConfigMap({ ...named, name: 'dry' }), 404, /not found/);
  await core.deleteCollectionNamespacedConfigMap({
    namespace: NAMESPACE,
    fieldSelector: `metadata.name=${generated.metadata?.name}`,
  });
  const left = await core.listNamespacedConfigMap({ namespace: NAMESPACE });
  assert.deepEqual(
    left.items.map((item) => item.metadata?.name),
    ['kube-root-ca.crt'],
  );
}

async function patches(config: KubeConfig, core: CoreV1Api): Promise<void> {
  const apps = config.makeApiClient(AppsV1Api);
  const named = { namespace: NAMESPACE, name: 'reviews' };
  await apps.createNamespacedDeployment({ namespace: NAMESPACE, body: deployment() });
  const addEnv = {
    spec: { template: { spec: { containers: [{ name: 'reviews', env: [{ name: 'B', value: '2' }] }] } } },
  };
  const strategic = await apps.patchNamespacedDeployment({ ...named, body: addEnv }, asStrategic);
  assert.deepEqual(envOf(strategic), ['B=2', 'A=1']);
  const merged = await apps.patchNamespacedDeployment(
    { ...named, body: { spec: { replicas: 3, paused: true } } },
    asMerge,
  );
  assert.equal(merged.spec?.replicas, 3);
  const operations = [
    { op: 'test', path: '/spec/replicas', value: 3 },
    { op: 'remove', path: '/spec/paused' },
    { op: 'replace', path: '/spec/replicas', value: 4 },
  ];
  const jsonPatched = await apps.patchNamespacedDeployment({ ...named, body: operations }, asJsonPatch);
  assert.equal(jsonPatched.spec?.replicas, 4);
  assert.equal(jsonPatched.spec?.paused, undefined);
  const failing = apps.patchNamespacedDeployment(
    { ...named, body: [{ op: 'test', path: '/spec/replicas', value: 9 }] },
    asJsonPatch,
  );
  await isRefused(failing, 422, /testing value \/spec\/replicas failed|test/);

  const scale = await apps.readNamespacedDeploymentScale(named);
  assert.equal(scale.spec?.replicas, 4);
  await apps.replaceNamespacedDeploymentScale({ ...named, body: { metadata: scale.metadata, spec: { replicas: 1 } } });
  const status = { status: { replicas: 1, readyReplicas: 1 } };
  const withStatus = await apps.patchNamespacedDeploymentStatus({ ...named, body: status }, asMerge);
  assert.equal(withStatus.status?.readyReplicas, 1);
  assert.equal(withStatus.spec?.replicas, 1);
  assert.equal((await apps.readNamespacedDeployment(named)).metadata?.generation, 5);
  await core.createNamespacedSecret({
    namespace: NAMESPACE,
    body: { metadata: { name: 'pw' }, stringData: { a: 'b' } },
  });
  const secret = await core.patchNamespacedSecret(
    { namespace: NAMESPACE, name: 'pw', body: { stringData: { c: 'd' } } },
    asMerge,
  );
  assert.deepEqual(secret.data, { a: 'Yg==', c: 'ZA==' });
}

async function serverSideApply(core: CoreV1Api): Promise<void> {
  const apply = (fieldManager: string, data: Record<string, string>, force = false): Promise<V1ConfigMap> => {
    const body: V1ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' }, data };
    return core.patchNamespacedConfigMap({ namespace: NAMESPACE, name: 'ssa', fieldManager, force, body }, asApply);
  };
  await apply('one', { shared: 'a', own: 'x' });
  const conflict = await isRefused(apply('two', { shared: 'b' }), 409, /conflict with "one"/);
  assert.deepEqual(conflict.details?.causes?.[0], {
    reason: 'FieldManagerConflict',
    message: 'conflict with "one"',
    field: '.data.shared',
  });
  const forced = await apply('two', { shared: 'b' }, true);
  assert.deepEqual(forced.data, { shared: 'b', own: 'x' });
  assert.deepEqual(forced.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`).sort(), [
    'one Apply',
    'two Apply',
  ]);
  // What a manager no longer names, and nobody else owns, goes.
  const dropped = await apply('one', {});
  assert.deepEqual(dropped.data, { shared: 'b' });
}

async function lists(core: CoreV1Api): Promise<void> {
  for (let index = 0; index < 7; index++) {
    const labels = { tier: index < 3 ? 'front' : 'back', list: 'yes' };
    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: `n${index}`, labels } } });
  }
  const names: string[] = [];
  const versions = new Set<string>();
  let _continue: string | undefined;
  do {
    const page = await core.listNamespacedConfigMap({
      namespace: NAMESPACE,
      labelSelector: 'list',
      limit: 3,
      _continue,
    });
    names.push(...page.items.map((item) => item.metadata?.name ?? ''));
    versions.add(page.metadata?.resourceVersion ?? '');
    _continue = page.metadata?._continue;
    // A change between two pages is not seen: all pages show one state.
    if (names.length === 3) await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'n5' });
  } while (_continue);
  assert.deepEqual(names, ['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
  assert.equal(versions.size, 1);

  const select = async (labelSelector?: string, fieldSelector?: string): Promise<string> => {
    const list = await core.listConfigMapForAllNamespaces({ labelSelector, fieldSelector });
    return list.items.map((item) => item.metadata?.name).join(' ');
  };
  assert.equal(await select('tier=front'), 'n0 n1 n2');
  assert.equal(await select('list,tier notin (front)'), 'n3 n4 n6');
  assert.equal(await select('list,tier!=back', 'metadata.name!=n1'), 'n0 n2');
  assert.equal(await select(undefined, `metadata.name=n4,metadata.namespace=${NAMESPACE}`), 'n4');
  await isRefused(select('tier in'), 400, /unable to parse|couldn't parse/);
  await isRefused(select(undefined, 'data.a=b'), 400, /"data\.a" is not a known field selector/);
}

async function watching(config: KubeConfig, core: CoreV1Api): Promise<void> {
  const list = await core.listNamespacedConfigMap({ namespace: NAMESPACE });
  const seen: string[] = [];
  const ended = Promise.withResolvers<unknown>();
  const query = {
    resourceVersion: list.metadata?.resourceVersion,
    labelSelector: 'watched=yes',
    allowWatchBookmarks: true,
  };
  const request = await new Watch(config).watch(
    `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    query,
    (type: string, object: V1ConfigMap) => seen.push(`${type} ${object.metadata?.name ?? ''}`),
    ended.resolve,
  );
  const named = { namespace: NAMESPACE, name: 'w1' };
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: 'w0' } } });
  await core.createNamespacedConfigMap({
    namespace: NAMESPACE,
    body: { metadata: { name: 'w1', labels: { watched: 'yes' } } },
  });
  await core.patchNamespacedConfigMap({ ...named, body: { data: { a: 'b' } } }, asMerge);
  await core.patchNamespacedConfigMap({ ...named, body: { metadata: { labels: { watched: 'no' } } } }, asMerge);
  await core.patchNamespacedConfigMap({ ...named, body: { metadata: { labels: { watched: 'yes' } } } }, asMerge);
  await core.deleteNamespacedConfigMap(named);
  const expected = ['ADDED w1', 'MODIFIED w1', 'DELETED w1', 'ADDED w1', 'DELETED w1'];
  await eventuallyPasses(() => assert.deepEqual(seen, expected));
  request.abort();
  await ended.promise;
}

async function customObjects(config: KubeConfig): Promise<void> {
  const custom = config.makeApiClient(CustomObjectsApi);
  const named = { ...ISTIO, name: 'reviews' };
  const created = (await custom.createNamespacedCustomObject({
    ...ISTIO,
    body: virtualService(['reviews']),
  })) as VirtualService;
  assert.equal(created.apiVersion, 'networking.istio.io/v1');
  const list = (await custom.listNamespacedCustomObject(ISTIO)) as { items: VirtualService[] };
  assert.deepEqual(
    list.items.map((item) => item.spec.hosts),
    [['reviews']],
  );
  const patched = (await custom.patchNamespacedCustomObject(
    { ...named, body: [{ op: 'add', path: '/spec/hosts/-', value: 'more' }] },
    asJsonPatch,
  )) as VirtualService;
  assert.deepEqual(patched.spec.hosts, ['reviews', 'more']);
  const older = (await custom.getNamespacedCustomObject({ ...named, version: 'v1alpha3' })) as VirtualService;
  assert.equal(older.apiVersion, 'networking.istio.io/v1alpha3', 'every served version reads the same object');
  assert.deepEqual(older.spec, patched.spec);
  const replaced = (await custom.replaceNamespacedCustomObject({
    ...named,
    body: { ...patched, spec: virtualService(['x']).spec },
  })) as VirtualService;
  assert.deepEqual(replaced.spec.hosts, ['x']);
  const wrong = virtualService(['y']);
  wrong.spec.http![0]!.route[0]!.weight = -1;
  const refusal = await isRefused(
    custom.replaceNamespacedCustomObject({ ...named, body: { ...replaced, spec: wrong.spec } }),
    422,
    /spec\.http\[0\]\.route\[0\]\.weight/,
  );
  assert.equal(refusal.details?.causes?.[0]?.field, 'spec.http[0].route[0].weight');
  await custom.deleteNamespacedCustomObject(named);
  await isRefused(
    custom.getNamespacedCustomObject(named),
    404,
    /virtualservices\.networking\.istio\.io "reviews" not found/,
  );
}

async function anyObjects(config: KubeConfig): Promise<void> {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const header = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'any', namespace: NAMESPACE },
  };
  await objects.create({ ...header, ...virtualService(['any'], 'any') });
  const read = await objects.read<VirtualService>(header);
  assert.deepEqual(read.spec.hosts, ['any']);
  const patch = { ...header, spec: { hosts: ['any', 'other'] } };
  const merged = await objects.patch<VirtualService>(
    patch,
    undefined,
    undefined,
    undefined,
    undefined,
    PatchStrategy.MergePatch,
  );
  assert.deepEqual(merged.spec.hosts, ['any', 'other']);
  const applied = { ...header, spec: { hosts: ['any'], gateways: ['mesh'] } };
  const forced = await objects.patch<VirtualService>(
    applied,
    undefined,
    undefined,
    'one',
    true,
    PatchStrategy.ServerSideApply,
  );
  assert.deepEqual(forced.spec.hosts, ['any']);
  const list = await objects.list('networking.istio.io/v1', 'VirtualService', NAMESPACE);
  assert.equal(list.items.length, 1);
  await objects.replace({ ...forced, spec: { ...forced.spec, hosts: ['last'] } } as VirtualService);
  await objects.delete(header);
  await isRefused(objects.read(header), 404, /"any" not found/);
}

async function access(config: KubeConfig, core: CoreV1Api): Promise<void> {
  await core.createNamespacedServiceAccount({ namespace: NAMESPACE, body: { metadata: { name: 'robot' } } });
  const request = { audiences: ['mesh'], expirationSeconds: 600 };
  const body = { spec: request };
  const issued = await core.createNamespacedServiceAccountToken({ namespace: NAMESPACE, name: 'robot', body });
  assert.match(issued.status?.token ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.ok((issued.status?.expirationTimestamp ?? 0) > new Date());

  const reviews = config.makeApiClient(AuthorizationV1Api);
  const attributes = {
    namespace: NAMESPACE,
    verb: 'create',
    group: 'networking.istio.io',
    resource: 'virtualservices',
  };
  const own = await reviews.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: attributes } } });
  assert.equal(own.status?.allowed, true);
  const user = `system:serviceaccount:${NAMESPACE}:robot`;
  const theirs = await reviews.createSubjectAccessReview({ body: { spec: { user, resourceAttributes: attributes } } });
  assert.equal(theirs.status?.allowed, false);
  const rules = await reviews.createSelfSubjectRulesReview({ body: { spec: { namespace: NAMESPACE } } });
  assert.ok(rules.status?.resourceRules.some(({ verbs }) => verbs.includes('*')));

  // A client that is the robot.
  const token = await core.createNamespacedServiceAccountToken({
    namespace: NAMESPACE,
    name: 'robot',
    body: { spec: { audiences: [] } },
  });
  const asRobot = new KubeConfig();
  const cluster = config.getCurrentCluster()!;
  asRobot.loadFromClusterAndUser(cluster, { name: 'robot', token: token.status!.token });
  const robot = asRobot.makeApiClient(CoreV1Api);
  const refusal = await isRefused(
    robot.listNamespacedSecret({ namespace: NAMESPACE }),
    403,
    /cannot list resource "secrets"/,
  );
  assert.match(refusal.message ?? '', /User "system:serviceaccount:bookinfo:robot"/);
  const stranger = new KubeConfig();
  stranger.loadFromClusterAndUser(cluster, { name: 'stranger', token: 'nonsense' });
  await assert.rejects(
    stranger.makeApiClient(CoreV1Api).listNamespace(),
    (error) => error instanceof ApiException && error.code === 401,
  );
}

async function errors(config: KubeConfig, core: CoreV1Api): Promise<void> {
  const exists = await isRefused(
    core.createNamespace({ body: { metadata: { name: NAMESPACE } } }),
    409,
    /namespaces "bookinfo" already exists/,
  );
  assert.equal(exists.reason, 'AlreadyExists');
  assert.deepEqual({ name: exists.details?.name, kind: exists.details?.kind }, { name: NAMESPACE, kind: 'namespaces' });

  const created = await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: 'stale' } } });
  const named = { namespace: NAMESPACE, name: 'stale' };
  await core.patchNamespacedConfigMap({ ...named, body: { data: { a: 'b' } } }, asMerge);
  const stale = await isRefused(
    core.replaceNamespacedConfigMap({ ...named, body: created }),
    409,
    /the object has been modified/,
  );
  assert.equal(stale.reason, 'Conflict');

  const absent = await isRefused(
    core.createNamespacedConfigMap({ namespace: 'absent', body: { metadata: { name: 'a' } } }),
    404,
    /namespaces "absent" not found/,
  );
  assert.equal(absent.reason, 'NotFound');

  const named422 = core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: 'Bad_Name' } } });
  const invalid = await isRefused(named422, 422, /metadata\.name: Invalid value: "Bad_Name"/);
  assert.equal(invalid.reason, 'Invalid');
  assert.equal(invalid.details?.causes?.[0]?.reason, 'FieldValueInvalid');

  const nothing = deployment();
  nothing.spec!.selector = { matchLabels: { other: 'app' } };
  const apps = config.makeApiClient(AppsV1Api);
  await isRefused(
    apps.createNamespacedDeployment({ namespace: NAMESPACE, body: nothing }),
    422,
    /spec\.template\.metadata\.labels/,
  );
}

async function informerOverRestart(t: TestContext, server: RestartableServer, config: KubeConfig): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const create = (name: string) =>
    core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name } } });
  let listings = 0;
  const informer = makeInformer<V1ConfigMap>(config, '/api/v1/namespaces/default/configmaps', () => {
    listings++;
    return core.listNamespacedConfigMap({ namespace: 'default' });
  });
  const deleted: string[] = [];
  informer.on('delete', (object) => deleted.push(object.metadata?.name ?? ''));
  // As its users do: the client leaves it to them to start again after an error.
  const waiting = new Set<NodeJS.Timeout>();
  let isOver = false;
  informer.on('error', () => {
    if (isOver) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      void informer.start();
    }, 50);
    waiting.add(timer);
  });
  t.after(async () => {
    isOver = true;
    for (const timer of waiting) clearTimeout(timer);
    await informer.stop();
  });
  const names = (): string[] =>
    informer
      .list()
      .map((object) => object.metadata?.name ?? '')
      .filter((name) => name !== 'kube-root-ca.crt')
      .sort();

  await create('one');
  await informer.start();
  await create('two');
  await eventuallyPasses(() => assert.deepEqual(names(), ['one', 'two']));

  // A write that the informer is not told of: the restarted server begins with it, and knows nothing of what was before.
  await core.createNamespacedConfigMap({ namespace: 'kube-public', body: { metadata: { name: 'elsewhere' } } });

  await server.kill();
  await server.restart();
  // Connections that died with the server fail the first request that is given to them.
  await eventually(
    async () => create('three').catch((error: unknown) => error instanceof ApiException && error.code === 409),
    { withinMs: 10_000 },
  );
  await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'one' });
  await eventuallyPasses(() => assert.deepEqual(names(), ['three', 'two']), { withinMs: 15_000 });
  assert.deepEqual(deleted, ['one']);
  // The informer's revision was gone (410), so it has listed again.
  assert.equal(listings, 2);
  await create('four');
  await eventuallyPasses(() => assert.deepEqual(names(), ['four', 'three', 'two']), { withinMs: 15_000 });
}

async function isRefused(call: Promise<unknown>, code: number, message: RegExp): Promise<V1Status> {
  const error = await call.then(
    () => assert.fail(`expected a refusal with ${code}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiException, String(error));
  assert.equal(error.code, code, error.message);
  // The body is an object for calls whose errors the specification describes, and text for all others.
  const status = (typeof error.body === 'string' ? JSON.parse(error.body) : error.body) as V1Status;
  assert.equal(status.kind, 'Status');
  assert.equal(status.code, code);
  assert.match(status.message ?? '', message);
  return status;
}

function deployment(): V1Deployment {
  const container = { name: 'reviews', image: 'reviews:1', env: [{ name: 'A', value: '1' }] };
  const labels = { app: 'reviews' };
  return {
    metadata: { name: 'reviews' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function envOf({ spec }: V1Deployment): string[] {
  return (spec?.template.spec?.containers[0]?.env ?? []).map(({ name, value }) => `${name}=${value}`);
}

function virtualService(hosts: string[], name = 'reviews'): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: NAMESPACE },
    spec: { hosts, http: [{ route: [{ destination: { host: 'reviews' } }] }] },
  };
}
