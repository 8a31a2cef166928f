/** Dry runs answer what would happen, refusals included, and leave nothing behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DRY = 'dryRun=All';

async function everything(api: TestApi): Promise<unknown> {
  // What the controllers make for a new namespace is none of these.
  const { json } = await api.ask('GET', `${MAPS}?fieldSelector=metadata.name!=kube-root-ca.crt`);
  return json.items;
}

test('every verb can be tried without a trace', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', MAPS, {
    body: { metadata: { name: 'a', finalizers: ['example.com/hold'] }, data: { k: '1' } },
  });
  await api.ask('POST', MAPS, { body: { metadata: { name: 'b' } } });
  const before = await everything(api);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const cases: [
    string,
    string,
    object | undefined,
    Record<string, string>,
    number,
    (json: Answer['json']) => unknown,
    unknown,
  ][] = [
    ['POST', `${MAPS}?${DRY}`, { metadata: { name: 'new' } }, {}, 201, (j) => j.metadata.resourceVersion, undefined],
    [
      'POST',
      `${MAPS}?${DRY}`,
      { metadata: { generateName: 'new-' } },
      {},
      201,
      (j) => /^new-.{5}$/.test(j.metadata.name),
      true,
    ],
    ['PUT', `${MAPS}/a?${DRY}`, { metadata: { name: 'a' }, data: { k: '2' } }, {}, 200, (j) => j.data, { k: '2' }],
    ['PATCH', `${MAPS}/a?${DRY}`, { data: { k: '3' } }, merge, 200, (j) => j.data, { k: '3' }],
    [
      'PATCH',
      `${MAPS}/a?${DRY}&fieldManager=m&force=true`,
      { apiVersion: 'v1', kind: 'ConfigMap', data: { k: '4' } },
      apply,
      200,
      (j) => j.data,
      { k: '4' },
    ],
    [
      'PATCH',
      `${MAPS}/c?${DRY}&fieldManager=m`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
      apply,
      201,
      (j) => j.metadata.name,
      'c',
    ],
    ['DELETE', `${MAPS}/a?${DRY}`, undefined, {}, 200, (j) => typeof j.metadata.deletionTimestamp, 'string'],
    ['DELETE', `${MAPS}/b`, { dryRun: ['All'] }, {}, 200, (j) => j.status, 'Success'],
    ['DELETE', `${MAPS}?${DRY}`, undefined, {}, 200, (j) => j.items.length >= 2, true],
  ];
  for (const [method, url, body, headers, status, look, expected] of cases) {
    const answer = await api.ask(method, url, { body, headers });
    assert.equal(answer.status, status, `${method} ${url}: ${answer.text}`);
    assert.deepEqual(look(answer.json), expected, `${method} ${url}: ${answer.text}`);
    assert.deepEqual(await everything(api), before, `${method} ${url} left a trace`);
  }
});

test('a dry run is refused as the real run would be', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', MAPS, { body: { metadata: { name: 'a' } } });
  const cases: [string, string, object | undefined, number, RegExp][] = [
    ['POST', `${MAPS}?${DRY}`, { metadata: { name: 'a' } }, 409, /configmaps "a" already exists/],
    ['POST', `${MAPS}?${DRY}`, { metadata: { name: 'Upper' } }, 422, /RFC 1123/],
    [
      'POST',
      `/api/v1/namespaces/none/configmaps?${DRY}`,
      { metadata: { name: 'a' } },
      404,
      /namespaces "none" not found/,
    ],
    ['PUT', `${MAPS}/a?${DRY}`, { metadata: { name: 'a', resourceVersion: '1' } }, 409, /has been modified/],
    ['DELETE', `${MAPS}/none?${DRY}`, undefined, 404, /not found/],
    ['DELETE', `${MAPS}/a?${DRY}`, { preconditions: { uid: 'other' } }, 409, /UID in the precondition/],
    [
      'POST',
      `${MAPS}?dryRun=Some`,
      { metadata: { name: 'b' } },
      422,
      /^CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: \["Some"\]: supported values: "All"$/,
    ],
    ['DELETE', `${MAPS}/a`, { dryRun: ['Some'] }, 422, /^DeleteOptions.meta.k8s.io "" is invalid: dryRun/],
    [
      'PUT',
      `${MAPS}/a?fieldValidation=Hard`,
      { metadata: { name: 'a' } },
      422,
      /^UpdateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Hard"/,
    ],
    [
      'POST',
      `${MAPS}?fieldManager=${'m'.repeat(129)}`,
      { metadata: { name: 'b' } },
      422,
      /fieldManager: Too long: may not be more than 128 bytes/,
    ],
    [
      'POST',
      `${MAPS}?fieldManager=%07`,
      { metadata: { name: 'b' } },
      422,
      /fieldManager: Invalid value: .*invalid character U\+/,
    ],
  ];
  for (const [method, url, body, status, message] of cases) {
    const answer = await api.ask(method, url, { body });
    assert.equal(answer.status, status, `${method} ${url}: ${answer.text}`);
    assert.match(answer.json.message, message);
  }
  assert.equal((await api.ask('GET', `${MAPS}/b`)).status, 404);
});
