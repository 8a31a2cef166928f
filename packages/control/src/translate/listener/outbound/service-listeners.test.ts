import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshProxy } from '../../../mesh/model/index.ts';
import { inputOf } from '../../test-support/mesh-input.ts';
import { service, texts } from '../../test-support/mesh-text.ts';
import { type Call, type Outcome, simulator } from '../../test-support/simulate.ts';
import { translateProxy } from '../../translate-proxy.ts';

/** Outgoing calls; the rest is said by default. */
type Row = readonly [call: Partial<Call> & { readonly to: string }, expected: Outcome];

function check(yaml: string, rows: readonly Row[], proxy: Partial<MeshProxy> = {}): void {
  const send = simulator(translateProxy(inputOf(yaml, { proxy })).resources);
  for (const [call, expected] of rows) {
    const outcome = send({ direction: 'outbound', ...call });
    assert.partialDeepStrictEqual(outcome, expected, `${JSON.stringify(call)} got ${JSON.stringify(outcome)}`);
  }
}

function listenersOf(yaml: string, proxy: Partial<MeshProxy> = {}) {
  const { resources, findings } = translateProxy(inputOf(yaml, { proxy }));
  const outbound = resources.listeners.filter(({ trafficDirection }) => trafficDirection === 'OUTBOUND');
  return { listeners: outbound, names: outbound.map(({ name }) => name), findings };
}

const http = { host: 'web.b' };

test('HTTP ports share a listener for all addresses; everything else has one for its own', () => {
  const ports = ['http:80', 'grpc:9000', 'tcp:5000', 'other:6000', 'udp:53'];
  const yaml = texts(service({ name: 'web', ports }), service({ name: 'api', spec: { clusterIP: '10.0.0.2' } }));
  assert.deepEqual(listenersOf(yaml).names, [
    '0.0.0.0_80',
    '0.0.0.0_9000',
    '10.0.0.1_5000',

    '10.0.0.1_6000',
    'virtualOutbound',
  ]);
  check(yaml, [
    [
      { to: '10.0.0.1:80', http },
      { listener: '0.0.0.0_80', to: 'outbound|80||web.b.svc.cluster.local' },
    ],
    [{ to: '10.0.0.1:80' }, { chain: 'PassthroughFilterChain', to: 'PassthroughCluster' }],
    [{ to: '10.0.0.1:5000' }, { to: 'outbound|5000||web.b.svc.cluster.local' }],
    // SEMANTICS 35: what no one declares is found out.
    [
      { to: '10.0.0.1:6000', http },
      { to: 'outbound|6000||web.b.svc.cluster.local', host: 'web.b.svc.cluster.local:6000' },
    ],
    [{ to: '10.0.0.1:6000' }, { to: 'outbound|6000||web.b.svc.cluster.local' }],
    [{ to: '10.7.7.7:7' }, { listener: 'virtualOutbound', to: 'PassthroughCluster' }],
  ]);
});

const REGISTRY_ONLY = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: strict, namespace: a }
spec:
  egress: [{ hosts: ['*/*'] }]
  outboundTrafficPolicy: { mode: REGISTRY_ONLY }`;

test('SEMANTICS 33: a proxy that may only reach known hosts sends the rest nowhere', () => {
  check(texts(service({ name: 'web' }), REGISTRY_ONLY), [
    [{ to: '1.2.3.4:80', http: { host: 'unknown.com' } }, { to: '502' }],
    [{ to: '1.2.3.4:80' }, { to: 'BlackHoleCluster' }],
    [{ to: '1.2.3.4:22' }, { listener: 'virtualOutbound', to: 'BlackHoleCluster' }],
  ]);
});

test('what goes to unknown places can be sent to one proxy', () => {
  const sidecar = REGISTRY_ONLY.replace(
    'REGISTRY_ONLY',
    'ALLOW_ANY, egressProxy: { host: egress.b.svc.cluster.local, port: { number: 5000 } }',
  );
  const yaml = texts(service({ name: 'egress', ports: ['tcp:5000'] }), sidecar);
  check(yaml, [[{ to: '1.2.3.4:22' }, { to: 'outbound|5000||egress.b.svc.cluster.local' }]]);
});

test('SEMANTICS 36: each address of a headless service with TCP has a listener; HTTP shares that of its port', () => {
  const endpoints = [{ address: '10.1.0.1' }, { address: '10.1.0.2' }];
  const yaml = service({ name: 'db', ports: ['tcp:5432', 'http:80'], spec: { clusterIP: 'None' }, endpoints });
  assert.deepEqual(listenersOf(yaml).names, ['0.0.0.0_80', '10.1.0.1_5432', '10.1.0.2_5432', 'virtualOutbound']);
  check(yaml, [
    [{ to: '10.1.0.2:5432' }, { listener: '10.1.0.2_5432', to: 'outbound|5432||db.b.svc.cluster.local' }],
    [{ to: '10.1.0.1:80', http: { host: 'db.b' } }, { to: 'outbound|80||db.b.svc.cluster.local' }],
  ]);
});

test('SEMANTICS 36: names that stand for other services have no listener', () => {
  const spec = { type: 'ExternalName', externalName: 'other.example.com' };
  assert.deepEqual(listenersOf(service({ name: 'alias', ports: ['tcp:5000'], spec })).names, ['virtualOutbound']);
});

function entry(host: string, spec: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${host.replaceAll(/[^a-z]/g, '')}, namespace: a }
spec: { hosts: ['${host}'], ${spec} }`;
}

test('hosts without an address are told apart by the name that TLS asks for, ranges by a condition', () => {
  const yaml = texts(
    entry('one.example.com', 'resolution: DNS, ports: [{ number: 443, name: tls, protocol: TLS }]'),
    entry('two.example.com', 'resolution: DNS, ports: [{ number: 443, name: https, protocol: HTTPS }]'),
    entry('net.example.com', 'addresses: [192.168.0.0/16], ports: [{ number: 3307, name: tcp, protocol: TCP }]'),
    entry('all.example.com', 'ports: [{ number: 3307, name: tcp, protocol: TCP }]'),
  );
  check(yaml, [
    [{ to: '9.9.9.9:443', tls: { sni: 'two.example.com' } }, { to: 'outbound|443||two.example.com' }],
    [{ to: '9.9.9.9:443', tls: { sni: 'three.example.com' } }, { to: 'PassthroughCluster' }],
    [{ to: '192.168.3.4:3307' }, { to: 'outbound|3307||net.example.com' }],
    [{ to: '193.168.3.4:3307' }, { to: 'outbound|3307||all.example.com' }],
  ]);
});

const RULES = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: rules, namespace: b }
spec:
  hosts: [db.b.svc.cluster.local]
  tcp:
    - match: [{ port: 5000, sourceLabels: { app: other } }]
      route: [{ destination: { host: other.b.svc.cluster.local, port: { number: 80 } } }]
    - match: [{ port: 5000, destinationSubnets: [10.0.0.0/30] }]
      route: [{ destination: { host: db.b.svc.cluster.local, subset: v1 } }]
    - match: [{ port: 5000 }]
      route:
        - { destination: { host: db.b.svc.cluster.local, subset: v1 }, weight: 30 }
        - { destination: { host: db.b.svc.cluster.local, subset: v2 }, weight: 70 }
        - { destination: { host: db.b.svc.cluster.local, subset: v3 }, weight: 0 }
  tls:
    - match: [{ port: 6000, sniHosts: [db.b.svc.cluster.local] }]
      route: [{ destination: { host: db.b.svc.cluster.local, port: { number: 6000 }, subset: v2 } }]`;
const SUBSETS = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: db, namespace: b }
spec:
  host: db.b.svc.cluster.local
  trafficPolicy:
    connectionPool: { tcp: { idleTimeout: 90s, maxConnectionDuration: 1h } }
    loadBalancer: { consistentHash: { useSourceIp: true } }
  subsets: [{ name: v1, labels: { v: '1' } }, { name: v2, labels: { v: '2' } }, { name: v3, labels: { v: '3' } }]`;

test('rules for connections: by port, labels of the client, address and server name, with shares', () => {
  const db = service({ name: 'db', ports: ['tcp:5000', 'tls:6000'] });
  const yaml = texts(db, service({ name: 'other' }), RULES, SUBSETS);
  const cluster = (subset: string, port = 5000) => `outbound|${port}|${subset}|db.b.svc.cluster.local`;
  check(yaml, [
    [{ to: '10.0.0.1:5000' }, { to: cluster('v1') }],
    [{ to: '10.0.0.1:6000', tls: { sni: 'db.b.svc.cluster.local' } }, { to: cluster('v2', 6000) }],
    [{ to: '10.0.0.1:6000', tls: { sni: 'else' } }, { to: 'PassthroughCluster' }],
  ]);
  check(yaml, [[{ to: '10.0.0.1:5000' }, { to: 'outbound|80||other.b.svc.cluster.local' }]], {
    labels: { app: 'other' },
  });
  const far = yaml.replace('10.0.0.0/30', '172.16.0.0/12');
  check(far, [
    [{ to: '10.0.0.1:5000', random: 29 }, { to: cluster('v1') }],
    [{ to: '10.0.0.1:5000', random: 30 }, { to: cluster('v2') }],
    [{ to: '10.0.0.1:5000', random: 99 }, { to: cluster('v2') }],
  ]);
});

test('what a DestinationRule says of connections is in the filter that sends them on', () => {
  const yaml = texts(service({ name: 'db', ports: ['tcp:5000'] }), SUBSETS);
  const { listeners } = listenersOf(yaml);
  const filter = listeners.find(({ name }) => name === '10.0.0.1_5000')!.filterChains![0]!.filters![0]!.typedConfig;
  assert.partialDeepStrictEqual(filter, {
    idleTimeout: '90s',
    maxDownstreamConnectionDuration: '3600s',
    hashPolicy: [{ sourceIp: {} }],
  });
});

test('of two services for one address and port the older is reached, and the younger is told', () => {
  const yaml = texts(service({ name: 'first', ports: ['tcp:5000'] }), service({ name: 'second', ports: ['tcp:5000'] }));
  check(yaml, [[{ to: '10.0.0.1:5000' }, { to: 'outbound|5000||first.b.svc.cluster.local' }]]);
  assert.partialDeepStrictEqual(
    listenersOf(yaml).findings.filter(({ code }) => code === 'ListenerConflict'),
    [{ object: { name: 'second' }, path: 'spec.ports[0]' }],
  );
});

test('HTTP and TCP share a port: the first bytes decide, except where the server speaks first', () => {
  const all = entry('all.example.com', 'ports: [{ number: 80, name: tcp, protocol: TCP }]');
  const sharing: readonly Row[] = [
    [{ to: '9.9.9.9:80', http }, { to: 'outbound|80||web.b.svc.cluster.local' }],
    [{ to: '9.9.9.9:80' }, { to: 'outbound|80||all.example.com' }],
  ];
  check(texts(service({ name: 'web' }), all), sharing);
  check(texts(all, service({ name: 'web' })), sharing);
  const mongo = all.replace('protocol: TCP', 'protocol: MONGO');
  const { findings } = listenersOf(texts(service({ name: 'web' }), mongo));
  assert.deepEqual(
    findings.map(({ code, object }) => [code, object.name]),
    [['ListenerConflict', 'allexamplecom']],
  );
});

const SIDECAR = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: some, namespace: a }
spec:
  egress:
    - { port: { number: 9090, protocol: HTTP, name: egress }, bind: 127.0.0.1, captureMode: NONE, hosts: ['b/*'] }
    - { port: { number: 0, protocol: HTTP, name: socket }, bind: 'unix:///var/run/out.sock', hosts: ['b/web.b.svc.cluster.local'] }
    - { port: { number: 5000, protocol: TCP, name: tcp }, hosts: ['b/db.b.svc.cluster.local'] }
    - { hosts: ['b/*'] }`;

test('listeners of a Sidecar come first, on the ports and addresses that it says', () => {
  const yaml = texts(
    service({ name: 'web', ports: ['http:80', 'admin:9090'] }),
    service({ name: 'db', ports: ['tcp:5000'], spec: { clusterIP: '10.0.0.5' } }),
    SIDECAR,
  );
  const { listeners, names } = listenersOf(yaml);
  assert.deepEqual(names, [
    '0.0.0.0_80',
    '10.0.0.1_9090',
    '10.0.0.5_5000',
    '127.0.0.1_9090',
    'unix:///var/run/out.sock_0',
    'virtualOutbound',
  ]);
  const bound = listeners.filter(({ bindToPort, name }) => bindToPort !== false && name !== 'virtualOutbound');
  assert.deepEqual(
    bound.map(({ address }) => address),
    [{ socketAddress: { address: '127.0.0.1', portValue: 9090 } }, { pipe: { path: '/var/run/out.sock' } }],
  );
  assert.deepEqual(listeners[3]!.metadata?.filterMetadata?.['istio'], {
    config: '/apis/networking.istio.io/v1/namespaces/a/sidecar/some',
  });
});

test('ports that a proxy cannot open are told', () => {
  const sidecar = SIDECAR.replace('number: 9090', 'number: 15090');
  assert.partialDeepStrictEqual(listenersOf(texts(service({ name: 'web' }), sidecar)).findings, [
    { code: 'UnusableListener', object: { kind: 'Sidecar', name: 'some' }, path: 'spec.egress[0].port.number' },
  ]);
  const low = SIDECAR.replace('number: 9090', 'number: 909');
  const proxy = { metadata: { UNPRIVILEGED_POD: 'true' } };
  assert.equal(listenersOf(texts(service({ name: 'web' }), low), proxy).findings[0]?.code, 'UnusableListener');
});

test('ports that are not proxied, and those that the proxy needs itself, are told', () => {
  const { names, findings } = listenersOf(service({ name: 'web', ports: ['udp:53', 'http:15001', 'tcp:15006'] }));
  assert.deepEqual(names, ['10.0.0.1_15006', 'virtualOutbound']);
  assert.deepEqual(
    findings.map(({ code, path }) => [code, path]),
    [
      ['PortNotProxied', 'spec.ports[0]'],
      ['UnusableListener', 'spec.ports[1]'],
    ],
  );
});

test('without capture there are real listeners on the loopback address; with TPROXY the socket is transparent', () => {
  const yaml = service({ name: 'web', ports: ['http:8080', 'tcp:5000'] });
  const none = listenersOf(yaml, { metadata: { INTERCEPTION_MODE: 'NONE' } });
  assert.deepEqual(none.names, ['127.0.0.1_5000', '127.0.0.1_8080']);
  assert.ok(none.listeners.every(({ bindToPort }) => bindToPort === undefined));
  const { resources } = translateProxy(inputOf(yaml, { proxy: { metadata: { INTERCEPTION_MODE: 'TPROXY' } } }));
  const capturing = resources.listeners.filter(({ name }) => name?.startsWith('virtual'));
  assert.deepEqual(
    capturing.map(({ transparent }) => transparent),
    [true, true],
  );
});

test('proxies of other families listen on their own addresses', () => {
  const yaml = service({ name: 'web', ports: ['http:80', 'tcp:5000'], spec: { clusterIP: 'fd00::1' } });
  assert.deepEqual(listenersOf(yaml, { addresses: ['fd00::9'] }).names, ['::_80', 'fd00::1_5000', 'virtualOutbound']);
});

test('proxies that see the same share the listeners, and a change leaves those alone that it does not concern', () => {
  const yaml = texts(service({ name: 'web' }), service({ name: 'db', ports: ['tcp:5000'] }));
  const input = inputOf(yaml);
  const before = translateProxy(input).resources.listeners;
  const other = { ...input, proxy: { ...input.proxy, id: 'other.a', addresses: ['10.5.5.5'] } };
  const after = translateProxy(other).resources.listeners;
  for (const [i, listener] of before.entries()) {
    if (listener.trafficDirection === 'OUTBOUND') assert.equal(after[i], listener);
  }
});
