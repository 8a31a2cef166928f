import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccepted, assertRefused, judgeSpec } from '../../test-support/judge.ts';
import { authorizationPolicy } from './authorization-policy.ts';

const NEVER =
  'action without `rules` is meaningless as it will never be triggered, add an empty rule `{}` if you want it be triggered for every request';
const HTTP_ONLY =
  'configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only HTTP attributes in a DENY rule; it is recommended to explicitly specify the port';

const when = (condition: string) => `{rules: [{when: [${condition}]}]}`;
const from = (source: string) => `{rules: [{from: [{source: ${source}}]}]}`;
const to = (operation: string) => `{rules: [{to: [{operation: ${operation}}]}]}`;

test('actions and providers go together', () => {
  assertAccepted(authorizationPolicy, [
    ['nothing, which allows nothing', '{}', []],
    ['an empty rule, which matches everything', '{action: DENY, rules: [{}]}', []],
    ['an extension', '{action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: ["/a"]}}]}]}', []],
    ['audit', '{action: AUDIT, rules: [{}]}', []],
  ]);
  assertRefused(authorizationPolicy, [
    ['DENY of nothing', '{action: DENY}', [`spec.rules: Required value: DENY ${NEVER}`]],
    ['CUSTOM of nothing', '{action: CUSTOM, rules: []}', [`spec.rules: Required value: CUSTOM ${NEVER}`]],
    [
      'CUSTOM without a provider',
      '{action: CUSTOM, rules: [{}]}',
      ['spec.provider.name: Required value: `provider.name` must not be empty'],
    ],
    [
      'a provider without CUSTOM',
      '{provider: {name: opa}, rules: [{}]}',
      ['spec.provider: Forbidden: `provider` must not be with non CUSTOM action, found ALLOW'],
    ],
    [
      'CUSTOM by identity',
      '{action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {principals: [a]}}], when: [{key: "request.auth.claims[a]", values: [b]}]}]}',
      [
        'spec.rules[0].from[0].source.principals: Forbidden: is currently not supported with CUSTOM action',
        'spec.rules[0].when[0].key: Forbidden: request.auth.claims[a] is currently not supported with CUSTOM action',
      ],
    ],
    [
      'an unknown action',
      '{action: LOG}',
      ['spec.action: Unsupported value: "LOG": supported values: "ALLOW", "DENY", "AUDIT", "CUSTOM"'],
    ],
  ]);
});

test('senders', () => {
  assertAccepted(authorizationPolicy, [
    ['service accounts', from('{serviceAccounts: [ns/sa, sa], ipBlocks: [10.0.0.0/8, "::1"]}'), []],
    ['principals and namespaces', from('{principals: ["*"], notNamespaces: [a], requestPrincipals: ["iss/sub"]}'), []],
  ]);
  assertRefused(authorizationPolicy, [
    ['an empty list', '{rules: [{from: []}]}', ['spec.rules[0].from: Required value: `from` must not be empty']],
    [
      'no source',
      '{rules: [{from: [{}]}]}',
      ['spec.rules[0].from[0].source: Required value: `from.source` must not be nil'],
    ],
    [
      'an empty source',
      from('{principals: []}'),
      ['spec.rules[0].from[0].source: Required value: `from.source` must not be empty'],
    ],
    [
      'an empty text',
      from('{namespaces: [a, ""]}'),
      ['spec.rules[0].from[0].source.namespaces[1]: Invalid value: "": empty value not allowed'],
    ],
    [
      'addresses',
      from('{ipBlocks: [10.0.0.0/33], remoteIpBlocks: [a.b]}'),
      [
        'spec.rules[0].from[0].source.ipBlocks[0]: Invalid value: "10.0.0.0/33": bad CIDR range (10.0.0.0/33)',
        'spec.rules[0].from[0].source.remoteIpBlocks[0]: Invalid value: "a.b": bad IP address (a.b)',
      ],
    ],
    [
      'service accounts beside namespaces',
      from('{serviceAccounts: [a], namespaces: [b]}'),
      [
        'spec.rules[0].from[0].source: Invalid value: "object": Cannot set serviceAccounts with namespaces or principals',
      ],
    ],
    [
      'forms of service accounts',
      from('{serviceAccounts: ["a*", a/b/c, /b, ""]}'),
      [
        'spec.rules[0].from[0].source.serviceAccounts[3]: Invalid value: "": empty value not allowed',
        'spec.rules[0].from[0].source.serviceAccounts[0]: Invalid value: "a*": wildcard not allowed',
        `spec.rules[0].from[0].source.serviceAccounts[1]: Invalid value: "a/b/c": expected format 'serviceAccount' or 'namespace/serviceAccount'`,
        `spec.rules[0].from[0].source.serviceAccounts[2]: Invalid value: "/b": expected format 'serviceAccount' or 'namespace/serviceAccount'`,
      ],
    ],
    [
      'many service accounts',
      from(`{serviceAccounts: [${'a, '.repeat(17)}]}`),
      ['spec.rules[0].from[0].source.serviceAccounts: Too many: 17: must have at most 16 items'],
    ],
  ]);
});

test('operations', () => {
  assertAccepted(authorizationPolicy, [
    ['all members', to('{hosts: ["*.a"], ports: ["80"], methods: [GET], paths: ["/a*"], notPaths: ["/b"]}'), []],
    ['templates', to('{paths: ["/a/{*}/b", "/a/{**}", "/{*}/{**}/x", "/{**}/"]}'), []],
  ]);
  assertRefused(authorizationPolicy, [
    ['an empty list', '{rules: [{to: []}]}', ['spec.rules[0].to: Required value: `to` must not be empty']],
    [
      'no operation',
      '{rules: [{to: [{}]}]}',
      ['spec.rules[0].to[0].operation: Required value: `to.operation` must not be nil'],
    ],
    [
      'an empty operation',
      to('{}'),
      ['spec.rules[0].to[0].operation: Required value: `to.operation` must not be empty'],
    ],
    [
      'ports',
      to('{ports: ["65536", http]}'),
      [
        'spec.rules[0].to[0].operation.ports[0]: Invalid value: "65536": bad port (65536): must be a number up to 65535',
        'spec.rules[0].to[0].operation.ports[1]: Invalid value: "http": bad port (http): must be a number up to 65535',
      ],
    ],
    [
      'templates',
      to('{paths: ["/{**}/{*}", "/a{*}", "/{*}/a b"], notPaths: ["/{a}"]}'),
      [
        'spec.rules[0].to[0].operation.paths[0]: Invalid value: "/{**}/{*}": invalid or unsupported path. {**} is not the last operator',
        `spec.rules[0].to[0].operation.paths[1]: Invalid value: "/a{*}": invalid or unsupported path. Contains '{' or '}' beyond a supported path template`,
        'spec.rules[0].to[0].operation.paths[2]: Invalid value: "/{*}/a b": invalid or unsupported path. Contains segment a b with invalid string literal',
        `spec.rules[0].to[0].operation.notPaths[0]: Invalid value: "/{a}": invalid or unsupported path. Contains '{' or '}' beyond a supported path template`,
      ],
    ],
  ]);
});

test('conditions', () => {
  assertAccepted(authorizationPolicy, [
    [
      'headers and claims',
      when('{key: "request.headers[x-a]", values: [b]}, {key: "request.auth.claims[a][b]", values: [c]}'),
      [],
    ],
    [
      'addresses and ports',
      when('{key: source.ip, values: [10.0.0.0/8]}, {key: destination.port, notValues: ["80"]}'),
      [],
    ],
    ['names', when('{key: connection.sni, values: [a]}, {key: "experimental.envoy.filters.a[b]", values: [c]}'), []],
    ['no conditions', '{rules: [{when: []}]}', ['spec.rules[0].when: an empty list has no effect']],
    [
      'something in a header',
      when('{key: "request.headers[a]", notValues: [""]}'),
      ['spec.rules[0].when[0].notValues: "" matches only what is there and empty'],
    ],
  ]);
  assertRefused(authorizationPolicy, [
    [
      'no values',
      when('{key: source.ip}'),
      ['spec.rules[0].when[0]: Required value: at least one of `values` or `notValues` must be set for key source.ip'],
    ],
    ['no key', when('{key: "", values: [a]}'), ['spec.rules[0].when[0].key: Required value: `key` must not be empty']],
    [
      'unknown keys',
      when('{key: source.name, values: [a]}, {key: "request.headers", values: [a]}'),
      [
        'spec.rules[0].when[0].key: Invalid value: "source.name": unknown attribute: source.name',
        'spec.rules[0].when[1].key: Invalid value: "request.headers": bad key (request.headers): should have format a[b]',
      ],
    ],
    [
      'former keys',
      when('{key: destination.namespace, values: [a]}, {key: "destination.labels[a]", values: [b]}'),
      [
        'spec.rules[0].when[0].key: Invalid value: "destination.namespace": attribute destination.namespace is replaced by the metadata.namespace',
        'spec.rules[0].when[1].key: Invalid value: "destination.labels[a]": attribute destination.labels[a] is replaced by the workload selector',
      ],
    ],
    [
      'values',
      when(
        '{key: destination.ip, values: [a]}, {key: source.serviceAccount, values: ["*"]}, {key: remote.ip, values: [""]}',
      ),
      [
        'spec.rules[0].when[0].values[0]: Invalid value: "a": bad IP address (a)',
        'spec.rules[0].when[1].values[0]: Invalid value: "*": wildcard not allowed',
        'spec.rules[0].when[2].values[0]: Invalid value: "": empty value not allowed',
      ],
    ],
  ]);
});

test('denials that hit every TCP connection are pointed out', () => {
  const warnings = (rule: string) => judgeSpec(authorizationPolicy, `{action: DENY, rules: [${rule}]}`).warnings;
  const expected = [`spec.rules[0]: ${HTTP_ONLY}`];
  assert.deepEqual(warnings('{to: [{operation: {methods: [GET]}}]}'), expected);
  assert.deepEqual(warnings('{from: [{source: {requestPrincipals: ["*"]}}]}'), expected);
  assert.deepEqual(warnings('{to: [{operation: {methods: [GET], ports: ["80"]}}]}'), []);
  assert.deepEqual(warnings('{from: [{source: {namespaces: [a]}}]}'), []);
  assert.deepEqual(warnings('{when: [{key: source.ip, values: [10.0.0.1]}]}'), []);
});

test('what the policy applies to', () => {
  const target = (text: string) => `{targetRefs: [{${text}}]}`;
  assertAccepted(authorizationPolicy, [
    ['a Service', target('kind: Service, name: a, group: ""'), []],
    ['a waypoint', target('kind: Gateway, name: a, group: gateway.networking.k8s.io'), []],
    ['one object', '{targetRef: {kind: ServiceEntry, name: a, group: networking.istio.io}}', []],
    [
      'all workloads',
      '{selector: {}}',
      ['spec.selector: workload selector specified without labels, will be applied to all workloads in the namespace'],
    ],
  ]);
  assertRefused(authorizationPolicy, [
    [
      'two ways',
      '{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: a}]}',
      ['spec: Invalid value: "object": only one of targetRefs or selector can be set'],
    ],
    [
      'another namespace',
      target('kind: Service, name: a, namespace: b'),
      ['spec.targetRefs[0].namespace: Invalid value: "string": cross namespace referencing is not currently supported'],
    ],
    [
      'another kind',
      target('kind: Pod, name: a'),
      [
        'spec.targetRefs[0]: Invalid value: "/Pod": targetRef must be to one of core/Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway or gateway.networking.k8s.io/GatewayClass',
      ],
    ],
    [
      'wildcards',
      '{selector: {matchLabels: {a: "b*"}}}',
      ['spec.selector.matchLabels.a: Invalid value: "string": wildcard not allowed in label value match'],
    ],
  ]);
});
