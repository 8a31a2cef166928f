import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { judge } from '../../test-support/judge.ts';
import { created, updateErrors } from '../../test-support/judge-update.ts';
import { configMap } from './config-map.ts';
import { limitRange } from './limit-range.ts';
import { namespace } from './namespace.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { resourceQuota } from './resource-quota.ts';
import { secret } from './secret.ts';

const yaml = (kind: string, rest: string): string => `{apiVersion: v1, kind: ${kind}, metadata: {name: x}, ${rest}}`;

test('a namespace is active, labelled with its name and held by the server', () => {
  const object = created(namespace, yaml('Namespace', ''));
  assert.deepEqual(object, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'x', labels: { 'kubernetes.io/metadata.name': 'x' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  const { errors } = judge(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a.b' } });
  assert.match(errors[0]!, /^metadata\.name: Invalid value: "a\.b": a lowercase RFC 1123 label must consist of/);
});

describe('ConfigMap', () => {
  const errorsOf = (rest: string): readonly string[] => judge(configMap, parse(yaml('ConfigMap', rest))).errors;
  test('keys are file names and stand in one of both maps', () => {
    assert.match(errorsOf('data: {"a/b": c}')[0]!, /^data\[a\/b\]: Invalid value: "a\/b": a valid config key/);
    assert.deepEqual(errorsOf('data: {a: b}, binaryData: {a: aGk=}'), [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
  });
  test('values are at most one mebibyte together', () => {
    const data = { a: 'x'.repeat(1024 * 1024), b: 'y' };
    const { errors } = judge(configMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data });
    assert.deepEqual(errors, ['data: Too long: may not be more than 1048576 bytes']);
  });
  test('line breaks in base64 are dropped, as the server does', () => {
    const object = created(configMap, yaml('ConfigMap', 'binaryData: {a: "aGVs\\nbG8="}'));
    assert.deepEqual(object['binaryData'], { a: 'aGVsbG8=' });
  });
  test('does not change once it is immutable', () => {
    const stored = created(configMap, yaml('ConfigMap', 'immutable: true, data: {a: b}'));
    assert.deepEqual(
      updateErrors(configMap, stored, (object) => Object.assign(object, { immutable: false, data: { a: 'c' } })),
      [
        'immutable: Forbidden: field is immutable when `immutable` is set',
        'data: Forbidden: field is immutable when `immutable` is set',
      ],
    );
    assert.deepEqual(
      updateErrors(configMap, stored, () => undefined),
      [],
    );
  });
});

describe('Secret', () => {
  const errorsOf = (rest: string): readonly string[] => judge(secret, parse(yaml('Secret', rest))).errors;
  test('plain texts move into data and win', () => {
    const object = created(secret, yaml('Secret', 'data: {a: b2xk, b: Yg==}, stringData: {a: new}'));
    assert.deepEqual(object['data'], { a: 'bmV3', b: 'Yg==' });
    assert.ok(!('stringData' in object));
    assert.equal(object['type'], 'Opaque');
  });
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['type: kubernetes.io/tls, data: {tls.crt: ""}', ['data[tls.key]: Required value']],
    ['type: kubernetes.io/tls', ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['type: kubernetes.io/basic-auth', ['data[username]: Required value', 'data[password]: Required value']],
    ['type: kubernetes.io/basic-auth, stringData: {password: x}', []],
    ['type: kubernetes.io/ssh-auth', ['data[ssh-privatekey]: Required value']],
    ['type: kubernetes.io/dockerconfigjson', ['data[.dockerconfigjson]: Required value']],
    [
      'type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: nope}',
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be a JSON object'],
    ],
    ['type: kubernetes.io/dockercfg, stringData: {.dockercfg: "{}"}', []],
    [
      'type: kubernetes.io/service-account-token',
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    ['type: example.com/anything', []],
  ];
  for (const [rest, errors] of cases) test(rest, () => assert.deepEqual(errorsOf(rest), errors));
  test('keeps its type', () => {
    const stored = created(secret, yaml('Secret', 'stringData: {a: b}'));
    assert.deepEqual(
      updateErrors(secret, stored, (object) => Object.assign(object, { type: 'other' })),
      ['type: Invalid value: "other": field is immutable'],
    );
  });
});

describe('ResourceQuota', () => {
  const errorsOf = (spec: string): readonly string[] =>
    judge(resourceQuota, parse(yaml('ResourceQuota', `spec: ${spec}`))).errors;
  test('amounts are canonical', () => {
    const object = created(
      resourceQuota,
      yaml('ResourceQuota', 'spec: {hard: {cpu: 0.5, pods: 10, limits.memory: 1024Mi}}'),
    );
    assert.deepEqual(object['spec'], { hard: { cpu: '500m', pods: '10', 'limits.memory': '1Gi' } });
  });
  test('refuses what cannot be counted', () => {
    assert.deepEqual(errorsOf('{hard: {pods: 1500m}}'), [
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
    ]);
    assert.deepEqual(errorsOf('{hard: {cpu: -1}}'), [
      'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    assert.deepEqual(errorsOf('{hard: {cups: 1}}'), [
      'spec.hard[cups]: Invalid value: "cups": must be a standard resource for quota',
    ]);
    assert.deepEqual(errorsOf('{hard: {count/deployments.apps: 3, example.com/gpu: 1}}'), []);
    assert.deepEqual(errorsOf('{scopes: [BestEffort, NotBestEffort]}'), [
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ]);
  });
});

describe('LimitRange', () => {
  test('fills in defaults of containers from the bounds', () => {
    const object = created(
      limitRange,
      yaml('LimitRange', 'spec: {limits: [{type: Container, max: {cpu: 2}, min: {cpu: 1, memory: 64Mi}}]}'),
    );
    assert.deepEqual(object['spec'], {
      limits: [
        {
          type: 'Container',
          max: { cpu: '2' },
          min: { cpu: '1', memory: '64Mi' },
          default: { cpu: '2' },
          defaultRequest: { cpu: '2', memory: '64Mi' },
        },
      ],
    });
  });
  test('refuses bounds that contradict each other', () => {
    const { errors } = judge(
      limitRange,
      parse(yaml('LimitRange', 'spec: {limits: [{type: Pod, min: {cpu: 2}, max: {cpu: 1}}]}')),
    );
    assert.deepEqual(errors, ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1']);
  });
});

describe('PersistentVolumeClaim', () => {
  const claim = 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}';
  test('must say how and how much', () => {
    const { errors } = judge(persistentVolumeClaim, parse(yaml('PersistentVolumeClaim', 'spec: {}')));
    assert.deepEqual(errors, [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ]);
  });
  test('may grow and not change otherwise', () => {
    const stored = created(persistentVolumeClaim, yaml('PersistentVolumeClaim', claim));
    type Spec = { resources: { requests: { storage: string } }; volumeMode: string };
    const change = (edit: (spec: Spec) => void) =>
      updateErrors(persistentVolumeClaim, stored, (object) => edit(object['spec'] as Spec));
    assert.deepEqual(
      change((spec) => Object.assign(spec.resources.requests, { storage: '2Gi' })),
      [],
    );
    assert.deepEqual(
      change((spec) => Object.assign(spec.resources.requests, { storage: '1Mi' })),
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    );
    assert.deepEqual(
      change((spec) => Object.assign(spec, { volumeMode: 'Block' })),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    );
  });
});
