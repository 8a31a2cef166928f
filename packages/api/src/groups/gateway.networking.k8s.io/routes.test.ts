import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccepted, assertRefused, judge } from '../../test-support/judge.ts';
import { backendTlsPolicy } from './backend-tls-policy.ts';
import { grpcRoute } from './grpc-route.ts';
import { referenceGrant } from './reference-grant.ts';
import { tcpRoute } from './tcp-route.ts';
import { tlsRoute } from './tls-route.ts';
import { udpRoute } from './udp-route.ts';

const to = '{backendRefs: [{name: a, port: 80}]}';

test('gRPC routes', () => {
  const match = (text: string) => `{rules: [{matches: [{method: {${text}}}]}]}`;
  const at = 'spec.rules[0].matches[0].method: Invalid value: "object": ';
  assertAccepted(grpcRoute, [
    ['a service', match('service: a.B.c_D'), []],
    ['a method of any service', match('method: Get, type: Exact'), []],
    ['an expression', match('service: "a.*", type: RegularExpression'), []],
    ['filters', '{rules: [{filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [a]}}]}]}', []],
  ]);
  assertRefused(grpcRoute, [
    ['nothing', match('type: Exact'), [`${at}One or both of 'service' or 'method' must be specified`]],
    [
      'names',
      match('service: "a/b", method: "c-d"'),
      [
        `${at}service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)`,
        `${at}method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)`,
      ],
    ],
    [
      'filters of HTTP',
      '{rules: [{filters: [{type: URLRewrite}]}]}',
      [
        'spec.rules[0].filters[0].type: Unsupported value: "URLRewrite": supported values: "ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"',
      ],
    ],
    [
      'a filter twice',
      `{rules: [{filters: [${'{type: RequestHeaderModifier, requestHeaderModifier: {}}, '.repeat(2)}]}]}`,
      ['spec.rules[0].filters: Invalid value: "array": RequestHeaderModifier filter cannot be repeated'],
    ],
  ]);
});

test('TCP and UDP routes', () => {
  for (const kind of [tcpRoute, udpRoute]) {
    assertAccepted(kind, [['a rule', `{rules: [${to}]}`, []]]);
    assertRefused(kind, [
      ['no rules', '{}', ['spec.rules: Required value']],
      ['no backends', '{rules: [{}]}', ['spec.rules[0].backendRefs: Required value']],
      [
        'a name twice',
        `{rules: [{name: a, ${to.slice(1)}, {name: a, ${to.slice(1)}]}`,
        ['spec.rules: Invalid value: "array": Rule name must be unique within the route'],
      ],
    ]);
  }
});

test('TLS routes', () => {
  assertAccepted(tlsRoute, [['names', `{hostnames: [a.example, "*.example"], rules: [${to}]}`, []]]);
  assertRefused(tlsRoute, [
    ['no names', `{rules: [${to}]}`, ['spec.hostnames: Required value']],
    [
      'an address',
      `{hostnames: [10.0.0.1], rules: [${to}]}`,
      ['spec.hostnames: Invalid value: "array": Hostnames cannot contain an IP'],
    ],
    [
      'two rules',
      `{hostnames: [a.example], rules: [${to}, ${to}]}`,
      ['spec.rules: Too many: 2: must have at most 1 items'],
    ],
  ]);
  const alpha = (version: string) =>
    judge(tlsRoute, {
      apiVersion: `gateway.networking.k8s.io/${version}`,
      kind: 'TLSRoute',
      metadata: { name: 'a' },
      spec: { rules: Array(2).fill({ backendRefs: [{ name: 'a', port: 443 }] }) },
    });
  assert.deepEqual(alpha('v1alpha2').errors, []);
  assert.equal(alpha('v1alpha3').errors.length, 2);
});

test('grants', () => {
  assertAccepted(referenceGrant, [
    [
      'routes to Services',
      '{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: a}], to: [{group: "", kind: Service}]}',
      [],
    ],
  ]);
  assertRefused(referenceGrant, [
    [
      'nobody',
      '{from: [], to: [{group: "", kind: Service, name: a}]}',
      ['spec.from: Invalid value: 0: spec.from in body should have at least 1 items'],
    ],
    [
      'nothing',
      '{from: [{group: a.b, kind: C}]}',
      ['spec.to: Required value', 'spec.from[0].namespace: Required value'],
    ],
  ]);
});

test('TLS to backends', () => {
  const policy = (validation: string, targets = '{group: "", kind: Service, name: a}') =>
    `{targetRefs: [${targets}], validation: {hostname: a.example, ${validation}}}`;
  const at = 'spec.validation: Invalid value: "object": ';
  const san = 'spec.validation.subjectAltNames[0]: Invalid value: "object": ';
  const refs = 'caCertificateRefs: [{group: "", kind: ConfigMap, name: a}]';
  assertAccepted(backendTlsPolicy, [
    ['authorities of the system', policy('wellKnownCACertificates: System'), []],
    [
      'own authorities',
      policy(`${refs}, subjectAltNames: [{type: URI, uri: "spiffe://a/b"}, {type: Hostname, hostname: "*.a"}]`),
      [],
    ],
    [
      'ports',
      policy(
        refs,
        '{group: "", kind: Service, name: a, sectionName: x}, {group: "", kind: Service, name: a, sectionName: y}',
      ),
      [],
    ],
  ]);
  assertRefused(backendTlsPolicy, [
    [
      'both',
      policy(`${refs}, wellKnownCACertificates: System`),
      [`${at}must not contain both CACertificateRefs and WellKnownCACertificates`],
    ],
    [
      'neither',
      policy('caCertificateRefs: []'),
      [`${at}must specify either CACertificateRefs or WellKnownCACertificates`],
    ],
    [
      'names',
      policy(`${refs}, subjectAltNames: [{type: URI, hostname: a}]`),
      [
        `${san}SubjectAltName element must not contain Hostname, if Type is not set to Hostname`,
        `${san}SubjectAltName element must contain URI, if Type is set to URI`,
      ],
    ],
    [
      'a target twice',
      policy(refs, '{group: "", kind: Service, name: a}, {group: "", kind: Service, name: a}'),
      [
        'spec.targetRefs: Invalid value: "array": sectionName must be unique when targetRefs includes 2 or more references to the same target',
      ],
    ],
    [
      'a target and its port',
      policy(refs, '{group: "", kind: Service, name: a}, {group: "", kind: Service, name: a, sectionName: x}'),
      [
        'spec.targetRefs: Invalid value: "array": sectionName must be specified when targetRefs includes 2 or more references to the same target',
      ],
    ],
  ]);
});
