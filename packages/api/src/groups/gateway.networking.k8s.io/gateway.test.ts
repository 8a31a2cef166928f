import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { normalize, prepare } from '../../kind/index.ts';
import { formatIssue } from '../../schema/index.ts';
import { assertAccepted, assertRefused, judge } from '../../test-support/judge.ts';
import { kubernetesGateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { listenerSet, xListenerSet } from './listener-set.ts';

const gateway = (listeners: string, more = '') => `{gatewayClassName: a, listeners: [${listeners}]${more}}`;
const TLS = 'tls: {certificateRefs: [{name: c}]}';
const http = '{name: http, port: 80, protocol: HTTP}';
const array = 'spec.listeners: Invalid value: "array": ';

describe('listeners', () => {
  test('are accepted', () => {
    assertAccepted(kubernetesGateway, [
      [
        'protocols in any case',
        gateway(`{name: a, port: 443, protocol: https, ${TLS}}, {name: b, port: 1, protocol: tcp}`),
        [],
      ],
      ['TLS passed on', gateway('{name: a, port: 443, protocol: TLS, tls: {mode: Passthrough}}'), []],
      [
        'hosts of one port',
        gateway(
          '{name: a, port: 80, protocol: HTTP, hostname: a.b}, {name: b, port: 80, protocol: HTTP, hostname: "*.b"}',
        ),
        [],
      ],
      ['an own protocol', gateway('{name: a, port: 80, protocol: example.com/QUIC}'), []],
      [
        'options in place of certificates',
        gateway('{name: a, port: 443, protocol: HTTPS, tls: {options: {example.com/a: b}}}'),
        [],
      ],
    ]);
  });

  test('are refused with the words of the Gateway API', () => {
    assertRefused(kubernetesGateway, [
      ['none', gateway(''), ['spec.listeners: Invalid value: 0: spec.listeners in body should have at least 1 items']],
      [
        'TLS of plain protocols',
        gateway(`{name: a, port: 80, protocol: Http, ${TLS}}`),
        [`${array}tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']`],
      ],
      [
        'HTTPS passed on',
        gateway('{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}'),
        [`${array}tls mode must be Terminate for protocol HTTPS`],
      ],
      [
        'TLS without mode',
        gateway('{name: a, port: 443, protocol: TLS}'),
        [`${array}tls mode must be set for protocol TLS`],
      ],
      [
        'hosts of TCP',
        gateway('{name: a, port: 1, protocol: TCP, hostname: a.b}'),
        [`${array}hostname must not be specified for protocols ['TCP', 'UDP']`],
      ],
      [
        'a name twice',
        gateway(`${http}, {name: http, port: 81, protocol: HTTP}`),
        ['spec.listeners[1]: Duplicate value: {"name":"http"}'],
      ],
      [
        'a port twice',
        gateway(`${http}, {name: b, port: 80, protocol: http}`),
        [`${array}Combination of port, protocol and hostname must be unique for each listener`],
      ],
      [
        'no certificates',
        gateway('{name: a, port: 443, protocol: HTTPS, tls: {}}'),
        [
          'spec.listeners[0].tls: Invalid value: "object": certificateRefs or options must be specified when mode is Terminate',
        ],
      ],
    ]);
  });

  test('take routes of the own namespace unless said otherwise', () => {
    const given = {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'Gateway',
      metadata: { name: 'a' },
      spec: { gatewayClassName: 'a', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    };
    const { object } = normalize(kubernetesGateway, 'v1beta1', given);
    const { listeners } = object['spec'] as { listeners: { allowedRoutes: unknown }[] };
    assert.deepEqual(listeners[0]!.allowedRoutes, { namespaces: { from: 'Same' } });
    const { conditions } = object['status'] as { conditions: { type: string; status: string }[] };
    assert.deepEqual(
      conditions.map(({ type, status }) => `${type}=${status}`),
      ['Accepted=Unknown', 'Programmed=Unknown'],
    );
  });
});

test('addresses, infrastructure and TLS of Gateways', () => {
  assertAccepted(kubernetesGateway, [
    [
      'addresses',
      gateway(http, ', addresses: [{value: 10.0.0.1}, {type: Hostname, value: a.b}, {type: IPAddress}]'),
      [],
    ],
    [
      'infrastructure',
      gateway(
        http,
        ', infrastructure: {labels: {a.b/c: d}, annotations: {e: f}, parametersRef: {group: "", kind: ConfigMap, name: a}}',
      ),
      [],
    ],
    [
      'clients',
      gateway(
        http,
        ', tls: {frontend: {default: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: a}]}}, perPort: [{port: 443, tls: {}}]}}, allowedListeners: {namespaces: {from: All}}',
      ),
      [],
    ],
  ]);
  assertRefused(kubernetesGateway, [
    [
      'an address twice',
      gateway(http, ', addresses: [{value: 10.0.0.1}, {value: 10.0.0.1}]'),
      ['spec.addresses: Invalid value: "array": IPAddress values must be unique'],
    ],
    [
      'a host twice',
      gateway(http, ', addresses: [{type: Hostname, value: a.b}, {type: Hostname, value: a.b}]'),
      ['spec.addresses: Invalid value: "array": Hostname values must be unique'],
    ],
    [
      'no address',
      gateway(http, ', addresses: [{value: a.b}, {type: Hostname, value: A}]'),
      [
        'spec.addresses[0]: Invalid value: "object": IPAddress value must be an IPv4 or IPv6 address',
        'spec.addresses[1]: Invalid value: "object": Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)',
      ],
    ],
    [
      'keys of labels',
      gateway(http, ', infrastructure: {labels: {"a b": c}, annotations: {"a/b/c": d}}'),
      [
        'spec.infrastructure.labels: Invalid value: "object": Label keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.',
        'spec.infrastructure.annotations: Invalid value: "object": Annotation keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.',
      ],
    ],
    [
      'long keys',
      gateway(http, `, infrastructure: {labels: {${'a'.repeat(253)}/b: c}}`),
      [
        'spec.infrastructure.labels: Invalid value: "object": If specified, the label key\'s prefix must be a DNS subdomain not longer than 253 characters in total.',
      ],
    ],
    [
      'a port twice',
      gateway(http, ', tls: {frontend: {default: {}, perPort: [{port: 1, tls: {}}, {port: 1, tls: {}}]}}'),
      ['spec.tls.frontend.perPort[1]: Duplicate value: {"port":1}'],
    ],
  ]);
});

test('the controller of a class cannot be changed', () => {
  const named = (controllerName: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'a' },
    spec: { controllerName },
  });
  const old = named('a.b/c');
  const update = (name: string) => prepare(gatewayClass, 'v1', named(name), { old }).issues.map(formatIssue);
  assert.deepEqual(update('a.b/c'), []);
  assert.deepEqual(update('a.b/d'), ['spec.controllerName: Invalid value: "string": Value is immutable']);
  assert.deepEqual(judge(gatewayClass, named('a.b')).errors, [
    "spec.controllerName: Invalid value: \"a.b\": spec.controllerName in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$'",
  ]);
});

test('sets of listeners', () => {
  const set = (listeners: string) => `{parentRef: {name: gw}, listeners: [${listeners}]}`;
  assertAccepted(listenerSet, [['one', set(http), []]]);
  assertRefused(listenerSet, [
    ['no port', set('{name: a, protocol: HTTP}'), ['spec.listeners[0].port: Required value']],
    ['no parent', `{listeners: [${http}]}`, ['spec.parentRef: Required value']],
    [
      'TLS of plain protocols',
      set(`{name: a, port: 80, protocol: HTTP, ${TLS}}`),
      [`${array}tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']`],
    ],
  ]);
  assertAccepted(xListenerSet, [['a port that is chosen', set('{name: a, protocol: HTTP}'), []]]);
});
