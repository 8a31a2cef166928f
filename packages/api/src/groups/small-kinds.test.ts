import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { AnyKind, ApiObject } from '../kind/index.ts';
import { formatIssue, IssueReport } from '../schema/index.ts';
import { rowOf } from '../table/index.ts';
import { judge } from '../test-support/judge.ts';
import { created, updateErrors } from '../test-support/judge-update.ts';
import { controllerRevision } from './apps/index.ts';
import { checkTokenRequest, selfSubjectReview, tokenReview } from './authentication.k8s.io/index.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from './authorization.k8s.io/index.ts';
import { checkScale } from './autoscaling/index.ts';
import { lease } from './coordination.k8s.io/index.ts';
import { endpoints, event, node } from './core/index.ts';
import { endpointSlice } from './discovery.k8s.io/index.ts';
import { eventFromCore, eventToCore, event as newEvent } from './events.k8s.io/index.ts';
import { podDisruptionBudget } from './policy/index.ts';
import { priorityClass } from './scheduling.k8s.io/index.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

function yaml(kind: AnyKind, rest: string, metadata = '{name: x}'): string {
  const apiVersion = kind.group === '' ? 'v1' : `${kind.group}/v1`;
  return `{apiVersion: ${apiVersion}, kind: ${kind.kind}, metadata: ${metadata}, ${rest}}`;
}
const errorsOf = (kind: AnyKind, rest: string, metadata?: string): readonly string[] =>
  judge(kind, parse(yaml(kind, rest, metadata))).errors;
const cells = (kind: AnyKind, rest: string, metadata?: string): unknown[] =>
  rowOf(kind, 'v1', created(kind, yaml(kind, rest, metadata)), NOW);

describe('reviews', () => {
  const cases: readonly (readonly [AnyKind, string, readonly string[]])[] = [
    [tokenReview, 'spec: {token: t}', []],
    [tokenReview, 'spec: {token: ""}', ['spec.token: Required value']],
    [selfSubjectReview, 'status: null', []],
    [selfSubjectAccessReview, 'spec: {resourceAttributes: {verb: get}}', []],
    [
      selfSubjectAccessReview,
      'spec: {resourceAttributes: {}, nonResourceAttributes: {}}',
      [
        'spec.resourceAttributes: Invalid value: {}: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ],
    ],
    [
      subjectAccessReview,
      'spec: {nonResourceAttributes: {path: /x}}',
      ['spec.user: Invalid value: "": at least one of user or group must be specified'],
    ],
    [selfSubjectRulesReview, 'spec: {}', ['spec.namespace: Required value: no namespace on request']],
  ];
  for (const [kind, rest, errors] of cases) {
    test(`${kind.kind} ${rest}`, () => assert.deepEqual(errorsOf(kind, rest, 'null'), errors));
  }
  test('a local review stays in its namespace', () => {
    const ask = (namespace: string) =>
      errorsOf(
        localSubjectAccessReview,
        `spec: {user: u, resourceAttributes: {namespace: ${namespace}}}`,
        '{namespace: a}',
      );
    assert.deepEqual(ask('a'), []);
    assert.deepEqual(ask('b'), [
      'spec.resourceAttributes.namespace: Invalid value: "b": must match metadata.namespace',
    ]);
  });
  test('a token lives for ten minutes at least', () => {
    const report = new IssueReport();
    checkTokenRequest({ spec: { expirationSeconds: 599, boundObjectRef: { kind: 'Pod' } } }, report);
    assert.deepEqual(report.issues.map(formatIssue), [
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.boundObjectRef.name: Required value',
    ]);
  });
  test('nothing is scaled below zero', () => {
    const report = new IssueReport();
    checkScale({ spec: { replicas: -1 } }, report);
    assert.deepEqual(report.issues.map(formatIssue), [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });
});

describe('refused', () => {
  const cases: readonly (readonly [AnyKind, string, string])[] = [
    [lease, 'spec: {leaseDurationSeconds: 0}', 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    [
      lease,
      'spec: {leaseTransitions: -1}',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      priorityClass,
      'value: 1000000001',
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ],
    [
      podDisruptionBudget,
      'spec: {minAvailable: 1, maxUnavailable: 1}',
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      podDisruptionBudget,
      'spec: {minAvailable: 150%}',
      'spec.minAvailable: Invalid value: "150%": must not be greater than 100%',
    ],
    [endpoints, 'subsets: [{}]', 'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    [
      endpoints,
      'subsets: [{addresses: [{ip: 169.254.1.1}]}]',
      'subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
    [endpointSlice, 'endpoints: []', 'addressType: Required value'],
    [
      endpointSlice,
      'addressType: IPv4, endpoints: [{addresses: ["2001:db8::1"]}]',
      'endpoints[0].addresses[0]: Invalid value: "2001:db8::1": must be an IPv4 address',
    ],
    [endpointSlice, 'addressType: IPv4, ports: [{name: a}, {name: a, port: 1}]', 'ports[1].name: Duplicate value: "a"'],
    [
      node,
      'spec: {taints: [{key: a, effect: NoSchedule}, {key: a, value: b, effect: NoSchedule}]}',
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
    ],
    [
      node,
      'spec: {podCIDR: 10.0.0.0}',
      'spec.podCIDRs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [controllerRevision, 'revision: 1', 'data: Required value: data is mandatory'],
  ];
  for (const [kind, rest, error] of cases)
    test(`${kind.kind}: ${error}`, () => assert.deepEqual(errorsOf(kind, rest), [error]));
  test('names that the system keeps for itself', () => {
    assert.match(
      errorsOf(priorityClass, 'value: 1', '{name: system-mine}')[0]!,
      /^metadata\.name: Forbidden: priority class names with 'system-' prefix/,
    );
    assert.deepEqual(errorsOf(priorityClass, 'value: 2000000000', '{name: system-node-critical}'), []);
  });
});

describe('an update', () => {
  const cases: readonly (readonly [AnyKind, string, object, string])[] = [
    [priorityClass, 'value: 1', { value: 2 }, 'value: Forbidden: may not be changed in an update.'],
    [
      endpointSlice,
      'addressType: IPv4',
      { addressType: 'IPv6' },
      'addressType: Invalid value: "IPv6": field is immutable',
    ],
    [
      controllerRevision,
      'revision: 1, data: {a: 1}',
      { data: { a: 2 } },
      'data: Invalid value: {"a":2}: field is immutable',
    ],
    [
      node,
      'spec: {providerID: a}',
      { spec: { providerID: 'b' } },
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  ];
  for (const [kind, rest, change, error] of cases) {
    test(error, () => {
      const stored = created(kind, yaml(kind, rest));
      assert.deepEqual(
        updateErrors(kind, stored, (object) => Object.assign(object, change)),
        [error],
      );
    });
  }
});

describe('columns', () => {
  test('of nodes', () => {
    const status =
      'status: {conditions: [{type: Ready, status: "True"}], addresses: [{type: InternalIP, address: 10.0.0.1}], nodeInfo: {machineID: "", systemUUID: "", bootID: "", kernelVersion: "6.1", osImage: Debian, containerRuntimeVersion: "", kubeletVersion: v1.33.0, kubeProxyVersion: "", operatingSystem: linux, architecture: amd64}}';
    const row = cells(
      node,
      `spec: {unschedulable: true}, ${status}`,
      '{name: n, labels: {node-role.kubernetes.io/control-plane: "", node-role.kubernetes.io/worker: ""}}',
    );
    assert.deepEqual(row, [
      'n',
      'Ready,SchedulingDisabled',
      'control-plane,worker',
      '<unknown>',
      'v1.33.0',
      '10.0.0.1',
      '<none>',
      'Debian',
      '6.1',
      '<unknown>',
    ]);
    assert.deepEqual(cells(node, 'spec: {}').slice(1, 3), ['Unknown', '<none>']);
  });
  test('of endpoints', () => {
    assert.equal(
      cells(
        endpoints,
        'subsets: [{addresses: [{ip: 10.0.0.1}, {ip: "2001:db8::1"}], ports: [{name: a, port: 80}, {name: b, port: 81}]}]',
      )[1],
      '10.0.0.1:80,[2001:db8::1]:80,10.0.0.1:81 + 1 more...',
    );
    assert.equal(cells(endpoints, 'subsets: []')[1], '<none>');
  });
  test('of endpoint slices', () => {
    assert.deepEqual(
      cells(
        endpointSlice,
        'addressType: IPv4, ports: [{port: 80}, {name: x}], endpoints: [{addresses: [10.0.0.1]}]',
      ).slice(1, 4),
      ['IPv4', '80,x', '10.0.0.1'],
    );
    assert.deepEqual(cells(endpointSlice, 'addressType: IPv4').slice(2, 4), ['<unset>', '<unset>']);
  });
  test('of disruption budgets', () => {
    assert.deepEqual(
      cells(podDisruptionBudget, 'spec: {minAvailable: 50%}, status: {disruptionsAllowed: 2}').slice(1, 4),
      ['50%', 'N/A', 2],
    );
  });
});

describe('events', () => {
  const core = created(
    event,
    yaml(
      event,
      'involvedObject: {kind: Pod, name: web, namespace: shop}, reason: Started, message: " ran ", type: Normal, count: 3, source: {component: kubelet, host: n1}, firstTimestamp: "2026-01-02T03:00:05Z", lastTimestamp: "2026-01-02T03:03:05Z"',
      '{name: e, namespace: shop}',
    ),
  );
  test('are shown by when they were last seen, with their name at the end', () => {
    assert.deepEqual(rowOf(event, 'v1', core, NOW), [
      '60s',
      'Normal',
      'Started',
      'pod/web',
      '',
      'kubelet, n1',
      'ran',
      '4m',
      3,
      'e',
    ]);
  });
  test('are the same in both groups, and shown the same', () => {
    const there = eventFromCore(core);
    assert.deepEqual(there['regarding'], core['involvedObject']);
    assert.equal(there['note'], ' ran ');
    assert.deepEqual(eventToCore(there), core);
    assert.deepEqual(rowOf(newEvent, 'v1', there, NOW), rowOf(event, 'v1', core, NOW));
  });
  test('live in the namespace of their object, or in default', () => {
    const about = (object: string, namespace: string) =>
      errorsOf(event, `involvedObject: ${object}`, `{name: e, namespace: ${namespace}}`);
    assert.deepEqual(about('{namespace: a}', 'b'), [
      'involvedObject.namespace: Invalid value: "a": does not match event.namespace',
    ]);
    assert.deepEqual(about('{kind: Node}', 'default'), []);
    assert.equal(about('{kind: Node}', 'other').length, 1);
  });
  test('of the new form say who reports what', () => {
    const given = parse(
      yaml(
        newEvent,
        'eventTime: "2026-01-02T03:04:05.000000Z", type: Normal, regarding: {namespace: a}',
        '{name: e, namespace: a}',
      ),
    ) as ApiObject;
    assert.deepEqual(judge(newEvent, given).errors, [
      'reportingController: Required value',
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ]);
  });
});
