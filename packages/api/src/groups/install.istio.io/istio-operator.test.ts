import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { istioOperator } from './istio-operator.ts';

test('installations', () => {
  assertAccepted(istioOperator, [
    ['nothing', '{}', []],
    ['a profile', '{profile: ambient, hub: docker.io/istio, tag: 1.24, revision: canary, namespace: istio-system}', []],
    [
      'components',
      '{components: {base: {enabled: true}, pilot: {k8s: {replicaCount: 2, env: [{name: A, value: b}], resources: {requests: {cpu: 1}}, overlays: [{kind: Deployment, name: istiod, patches: [{path: spec.replicas, value: 3}]}]}}, ingressGateways: [{name: istio-ingressgateway, enabled: true, label: {a: b}}, {name: other}]}}',
      [],
    ],
    ['values, as they are', '{values: {global: {proxy: {a: [1]}}}, unvalidatedValues: {x: 1}}', []],
    [
      'a mesh',
      '{meshConfig: {accessLogFile: /dev/stdout, defaultConfig: {holdApplicationUntilProxyStarts: true}}}',
      [],
    ],
    ['an unknown setting in values', '{values: {meshConfig: {x: 1}}}', ['unknown field "spec.values.meshConfig.x"']],
  ]);
  assertRefused(istioOperator, [
    [
      'names',
      '{hub: "a b", tag: "a b", revision: "a_b"}',
      [
        'spec.hub: Invalid value: "a b": bad hub: must be registry/path',
        'spec.tag: Invalid value: "a b": bad tag: must be letters, digits, "_", "." and "-"',
        'spec.revision: Invalid value: "a_b": invalid revision specified: a_b',
      ],
    ],
    [
      'a gateway',
      '{components: {egressGateways: [{name: "A"}]}}',
      ['spec.components.egressGateways[0].name: Invalid value: "A": must be lower case letters, digits, "." and "-"'],
    ],
    [
      'a gateway twice',
      '{components: {ingressGateways: [{name: a}, {name: a}]}}',
      ['spec.components.ingressGateways[1]: Duplicate value: {"name":"a"}'],
    ],
    [
      'a mesh',
      '{meshConfig: {trustDomain: ""}, values: {meshConfig: {connectTimeout: 1h}}}',
      [
        'spec.meshConfig.trustDomain: Required value: empty domain name not allowed',
        'spec.values.meshConfig.connectTimeout: Invalid value: "1h": must be from 1ms to 30s',
      ],
    ],
    [
      'a mesh of another type',
      '{meshConfig: []}',
      ['spec.meshConfig: Invalid value: "array": spec.meshConfig in body must be of type object: "array"'],
    ],
  ]);
});
