import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { AnyKind } from '../../kind/index.ts';
import { rowOf } from '../../table/index.ts';
import { judge, judgeSpec } from '../../test-support/judge.ts';
import { created } from '../../test-support/judge-update.ts';
import { ingress } from './ingress.ts';
import { ingressClass } from './ingress-class.ts';
import { networkPolicy } from './network-policy.ts';

const path = (text: string): string =>
  `{rules: [{http: {paths: [{${text}, backend: {service: {name: s, port: {number: 80}}}}]}}]}`;
const backend = (text: string): string => `{defaultBackend: ${text}}`;
const peer = (text: string): string => `{podSelector: {}, ingress: [{from: [${text}]}]}`;
const port = (text: string): string => `{podSelector: {}, ingress: [{ports: [${text}]}]}`;

describe('refused', () => {
  const cases: readonly (readonly [AnyKind, string, string])[] = [
    [ingress, '{}', 'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
    [
      ingress,
      path('path: a, pathType: Prefix'),
      'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
    ],
    [
      ingress,
      path('path: /a//b, pathType: Exact'),
      'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
    ],
    [ingress, path('path: /'), 'spec.rules[0].http.paths[0].pathType: Required value'],
    [
      ingress,
      path('path: /, pathType: Regex'),
      'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [ingress, backend('{}'), 'spec.defaultBackend: Required value: resource or service backend is required'],
    [
      ingress,
      backend('{service: {name: s}}'),
      'spec.defaultBackend.service: Required value: port name or number is required',
    ],
    [
      ingress,
      backend('{service: {name: s, port: {name: a, number: 1}}}'),
      'spec.defaultBackend.service: Invalid value: "": cannot set both port name & port number',
    ],
    [
      ingress,
      backend('{service: {name: s, port: {number: 1}}, resource: {kind: K, name: n}}'),
      'spec.defaultBackend: Invalid value: "": cannot set both resource and service backends',
    ],
    [
      ingress,
      '{rules: [{host: 10.0.0.1}]}',
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
    [ingressClass, '{}', 'spec.controller: Required value'],
    [
      ingressClass,
      '{controller: nothing}',
      'spec.controller: Invalid value: "nothing": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      ingressClass,
      '{controller: a.b/c, parameters: {kind: K, name: n, scope: Namespace}}',
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    [networkPolicy, peer('{}'), 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      networkPolicy,
      peer('{ipBlock: {cidr: 10.0.0.0}}'),
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      networkPolicy,
      peer('{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}'),
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    ],
    [
      networkPolicy,
      peer('{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}'),
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [
      networkPolicy,
      port('{endPort: 80}'),
      'spec.ingress[0].ports[0].port: Required value: must be specified when `endPort` is specified',
    ],
    [
      networkPolicy,
      port('{port: 90, endPort: 80}'),
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
    ],
    [
      networkPolicy,
      port('{port: http, endPort: 80}'),
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
    ],
    [
      networkPolicy,
      '{podSelector: {matchExpressions: [{key: a, operator: In}]}}',
      "spec.podSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ];
  for (const [kind, spec, error] of cases) {
    const cluster = {
      apiVersion: `${kind.group}/v1`,
      kind: kind.kind,
      metadata: { name: 'test' },
      spec: parse(spec) as unknown,
    };
    const errors = (): readonly string[] =>
      (kind.scope === 'Cluster' ? judge(kind, cluster) : judgeSpec(kind, spec)).errors;
    test(`${kind.kind} ${error}`, () => assert.deepEqual(errors(), [error]));
  }
});

test('a policy is for the directions that it speaks of', () => {
  const types = (spec: string): unknown =>
    (
      created(
        networkPolicy,
        `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: ${spec}}`,
      )['spec'] as Record<string, unknown>
    )['policyTypes'];
  assert.deepEqual(types('{podSelector: {}}'), ['Ingress']);
  assert.deepEqual(types('{podSelector: {}, egress: [{}]}'), ['Ingress', 'Egress']);
  assert.deepEqual(types('{podSelector: {}, egress: [{}], policyTypes: [Egress]}'), ['Egress']);
});

test('the old class annotation is warned of', () => {
  const { errors, warnings } = judge(ingress, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', annotations: { 'kubernetes.io/ingress.class': 'x' } },
    spec: parse(path('path: /, pathType: Prefix')) as unknown,
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(warnings, [
    'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
  ]);
});

test('an ingress is shown with its hosts and addresses', () => {
  const object = created(
    ingress,
    '{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {ingressClassName: weft, tls: [{hosts: [a.b]}], rules: [{host: a.b}, {host: "*.c.d"}, {host: e.f}, {host: g.h}]}}',
  );
  const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'lb.example.com' }] } };
  assert.deepEqual(rowOf(ingress, 'v1', { ...object, status }, 0).slice(1, 5), [
    'weft',
    'a.b,*.c.d,e.f + 1 more...',
    '1.2.3.4,lb.example.com',
    '80, 443',
  ]);
});
