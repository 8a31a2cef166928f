/** Deleting: when an object goes at once, what keeps it, what becomes of its dependents, and whole collections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { createTestApi, type TestApi } from './support/api.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

async function pod(api: TestApi, name: string, spec: object = {}, metadata: object = {}): Promise<void> {
  const body = { metadata: { name, ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
  const answer = await api.ask('POST', PODS, { body });
  assert.equal(answer.status, 201, answer.text);
}

test('a pod on a node gets the time to end; a second deletion can only shorten it', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a', { nodeName: 'n', terminationGracePeriodSeconds: 20 });
  const startedAt = Math.floor(api.clock.now() / 1000) * 1000;
  const first = await api.ask('DELETE', `${PODS}/a`);
  assert.equal(first.status, 200);
  assert.equal(first.json.metadata.deletionGracePeriodSeconds, 20);
  assert.equal(Date.parse(first.json.metadata.deletionTimestamp), startedAt + 20_000);
  api.clock.advance(3000);
  const longer = await api.ask('DELETE', `${PODS}/a`, { body: { gracePeriodSeconds: 60 } });
  assert.equal(longer.json.metadata.deletionGracePeriodSeconds, 20);
  const shorter = await api.ask('DELETE', `${PODS}/a?gracePeriodSeconds=5`);
  assert.equal(shorter.json.metadata.deletionGracePeriodSeconds, 5);
  assert.equal(
    Date.parse(shorter.json.metadata.deletionTimestamp),
    startedAt + 5000,
    'counted from the first deletion',
  );
  const now = await api.ask('DELETE', `${PODS}/a?gracePeriodSeconds=0`);
  assert.equal(now.json.kind, 'Pod', now.text);
  assert.equal((await api.ask('GET', `${PODS}/a`)).status, 404);
});

test('a pod that nobody runs goes at once', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'waiting');
  await pod(api, 'done', { nodeName: 'n' });
  const status = { status: { phase: 'Succeeded' } };
  const merge = { 'content-type': 'application/merge-patch+json' };
  assert.equal((await api.ask('PATCH', `${PODS}/done/status`, { body: status, headers: merge })).status, 200);
  for (const name of ['waiting', 'done']) {
    await api.ask('DELETE', `${PODS}/${name}`);
    assert.equal((await api.ask('GET', `${PODS}/${name}`)).status, 404, name);
  }
  await pod(api, 'negative', { nodeName: 'n' });
  const answer = await api.ask('DELETE', `${PODS}/negative`, { body: { gracePeriodSeconds: -1 } });
  assert.equal(answer.json.metadata.deletionGracePeriodSeconds, 1);
});

test('options of a deletion are read in every format and checked', async (t) => {
  const api = await createTestApi(t);
  const yaml = { 'content-type': 'application/yaml' };
  await api.ask('POST', MAPS, { body: { metadata: { name: 'a' } } });
  const refused = await api.ask('DELETE', `${MAPS}/a`, {
    body: 'preconditions:\n  resourceVersion: "1"\n',
    headers: yaml,
  });
  assert.equal(refused.status, 409, refused.text);
  const cases: [object, number, RegExp][] = [
    [
      { propagationPolicy: 'Never' },
      422,
      /DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Never"/,
    ],
    [{ propagationPolicy: 'Orphan', orphanDependents: true }, 422, /cannot be both set/],
    [{ kind: 'ConfigMap', apiVersion: 'v1' }, 400, /must be DeleteOptions, not ConfigMap/],
    [{ gracePeriodSeconds: 'soon' }, 400, /gracePeriodSeconds/],
    [[] as object, 400, /must be a JSON object/],
  ];
  for (const [body, status, message] of cases) {
    const answer = await api.ask('DELETE', `${MAPS}/a`, { body });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.message, message);
  }
  const gone = await api.ask('DELETE', `${MAPS}/a`, { body: { kind: 'DeleteOptions', apiVersion: 'apps/v1' } });
  assert.equal(gone.json.status, 'Success', gone.text);
  assert.deepEqual(Object.keys(gone.json.details).sort(), ['kind', 'name', 'uid']);
});

async function family(api: TestApi, kind: 'jobs' | 'configmaps'): Promise<void> {
  const isJob = kind === 'jobs';
  const collection = isJob ? '/apis/batch/v1/namespaces/default/jobs' : MAPS;
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const owner = await api.ask('POST', collection, {
    body: { metadata: { name: 'owner' }, ...(isJob ? { spec: { template } } : {}) },
  });
  assert.equal(owner.status, 201, owner.text);
  const { uid } = owner.json.metadata;
  const reference = {
    apiVersion: isJob ? 'batch/v1' : 'v1',
    kind: isJob ? 'Job' : 'ConfigMap',
    name: 'owner',
    uid,
    blockOwnerDeletion: true,
  };
  await api.ask('POST', MAPS, { body: { metadata: { name: 'child', ownerReferences: [reference] } } });
}

test('dependents go with their owner in the background unless somebody says otherwise', async (t) => {
  const api = await createTestApi(t);
  await family(api, 'configmaps');
  await api.ask('DELETE', `${MAPS}/owner`);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${MAPS}/child`)).status, 404));
  await family(api, 'configmaps');
  const orphaning = await api.ask('DELETE', `${MAPS}/owner`, { body: { propagationPolicy: 'Orphan' } });
  assert.deepEqual(orphaning.json.metadata.finalizers, ['orphan']);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${MAPS}/owner`)).status, 404));
  assert.equal((await api.ask('GET', `${MAPS}/child`)).json.metadata.ownerReferences, undefined);
});

test('a job leaves its pods behind unless told otherwise, as in Kubernetes', async (t) => {
  const api = await createTestApi(t);
  const job = '/apis/batch/v1/namespaces/default/jobs/owner';
  await family(api, 'jobs');
  const answer = await api.ask('DELETE', job);
  assert.deepEqual(answer.json.metadata.finalizers, ['orphan']);
  assert.deepEqual(answer.warnings, [
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  ]);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', job)).status, 404));
  assert.equal((await api.ask('GET', `${MAPS}/child`)).status, 200);
  await api.ask('DELETE', `${MAPS}/child`);
  await family(api, 'jobs');
  const background = await api.ask('DELETE', `${job}?propagationPolicy=Background`);
  assert.deepEqual(background.warnings, []);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${MAPS}/child`)).status, 404));
});

test('a foreground deletion waits for the dependents that block it', async (t) => {
  const api = await createTestApi(t);
  await family(api, 'configmaps');
  const merge = { 'content-type': 'application/merge-patch+json' };
  const hold = (finalizers: string[]): Promise<unknown> =>
    api.ask('PATCH', `${MAPS}/child`, { body: { metadata: { finalizers } }, headers: merge });
  await hold(['example.com/hold']);
  const waiting = await api.ask('DELETE', `${MAPS}/owner`, { body: { propagationPolicy: 'Foreground' } });
  assert.deepEqual(waiting.json.metadata.finalizers, ['foregroundDeletion']);
  await eventuallyPasses(async () =>
    assert.ok((await api.ask('GET', `${MAPS}/child`)).json.metadata.deletionTimestamp),
  );
  assert.equal((await api.ask('GET', `${MAPS}/owner`)).status, 200);
  await hold([]);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', `${MAPS}/owner`)).status, 404));
});

test('a collection is deleted page by page, and what is held stays', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['a', 'b', 'c', 'd']) {
    const finalizers = name === 'b' ? ['example.com/hold'] : [];
    await api.ask('POST', MAPS, { body: { metadata: { name, finalizers, labels: { mine: 'yes' } } } });
  }
  const names = (json: { items: { metadata: { name: string } }[] }): string[] =>
    json.items.map((item) => item.metadata.name);
  const left = async (): Promise<string[]> => names((await api.ask('GET', `${MAPS}?labelSelector=mine`)).json);
  const first = await api.ask('DELETE', `${MAPS}?labelSelector=mine&limit=2`);
  assert.deepEqual(names(first.json), ['a', 'b']);
  assert.deepEqual(await left(), ['b', 'c', 'd']);
  const next = encodeURIComponent(first.json.metadata.continue);
  const second = await api.ask('DELETE', `${MAPS}?labelSelector=mine&limit=2&continue=${next}`);
  assert.deepEqual(names(second.json), ['c', 'd']);
  assert.equal(second.json.metadata.continue, undefined);
  assert.deepEqual(await left(), ['b']);
  const byName = await api.ask('DELETE', `${MAPS}?fieldSelector=metadata.name=b`, {
    body: { propagationPolicy: 'Background' },
  });
  assert.equal(byName.status, 200);
  assert.ok((await api.ask('GET', `${MAPS}/b`)).json.metadata.deletionTimestamp);
  assert.equal((await api.ask('DELETE', `${MAPS}?continue=nonsense`)).status, 400);
});
