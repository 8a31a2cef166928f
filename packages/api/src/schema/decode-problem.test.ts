import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as kubernetes from '../groups/kubernetes-groups.ts';
import { schemaOf } from '../kind/index.ts';
import { findDecodeProblem } from './decode-problem.ts';

const deployment = schemaOf(kubernetes.apps.deployment, 'v1');
const lease = schemaOf(kubernetes.coordination.lease, 'v1');
const secret = schemaOf(kubernetes.core.secret, 'v1');
const container = (rest: object): object => ({ spec: { template: { spec: { containers: [rest] } } } });

test('the first value of a wrong type is told as Go tells it', () => {
  const problemOf = (object: unknown): string | undefined => findDecodeProblem(deployment, object, 'Deployment');
  const unmarshal = (found: string, field: string): string => `json: cannot unmarshal ${found} into Go ${field}`;
  const cases: readonly [unknown, string | undefined][] = [
    [{ spec: { replicas: 'x' } }, unmarshal('string', 'struct field DeploymentSpec.spec.replicas of type int32')],
    [{ spec: { replicas: 1.5 } }, unmarshal('number 1.5', 'struct field DeploymentSpec.spec.replicas of type int32')],
    [
      { spec: { replicas: 3e9 } },
      unmarshal('number 3000000000', 'struct field DeploymentSpec.spec.replicas of type int32'),
    ],
    [{ spec: [] }, unmarshal('array', 'struct field Deployment.spec of type v1.DeploymentSpec')],
    [
      container({ name: 7 }),
      unmarshal('number', 'struct field Container.spec.template.spec.containers.name of type string'),
    ],
    [
      container({ command: 'x' }),
      unmarshal('string', 'struct field Container.spec.template.spec.containers.command of type []string'),
    ],
    [
      container({ resources: { limits: { cpu: 'lots' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [container({ resources: { limits: { cpu: 1 } } }), undefined],
    [{ spec: { replicas: null, paused: null }, unknown: [] }, undefined],
  ];
  for (const [object, expected] of cases) assert.equal(problemOf(object), expected, JSON.stringify(object));
});

test('times and bytes are read too', () => {
  const time = 'parsing time "soon" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "soon" as "2006"';
  assert.equal(findDecodeProblem(lease, { spec: { renewTime: 'soon' } }, 'Lease'), time);
  assert.equal(
    findDecodeProblem(lease, { spec: { renewTime: '2024-01-01T00:00:00.123456+02:00' } }, 'Lease'),
    undefined,
  );
  const bytes = (text: string): string | undefined => findDecodeProblem(secret, { data: { a: text } }, 'Secret');
  assert.equal(bytes('Not Valid!'), 'illegal base64 data at input byte 3');
  assert.equal(bytes('AAA'), 'illegal base64 data at input byte 3');
  for (const good of ['', 'AAA=', 'AA==', 'AAAA\nAAA=']) assert.equal(bytes(good), undefined, good);
});
