import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshProxy } from '../../../mesh/model/index.ts';
import { inputOf } from '../../test-support/mesh-input.ts';
import { service, texts } from '../../test-support/mesh-text.ts';
import { type Call, type Outcome, simulator } from '../../test-support/simulate.ts';
import { translateProxy } from '../../translate-proxy.ts';

const PROXY: Partial<MeshProxy> = { namespace: 'b', labels: { app: 'web' }, addresses: ['10.1.0.1'] };
const WEB = service({ name: 'web', ports: ['http:80:8080', 'tcp:5000', 'auto:6000'] });

function translated(yaml: string, proxy: Partial<MeshProxy> = {}) {
  return translateProxy(inputOf(yaml, { proxy: { ...PROXY, ...proxy } }));
}

function inboundOf(yaml: string, proxy: Partial<MeshProxy> = {}) {
  const { resources, findings } = translated(yaml, proxy);
  return { listeners: resources.listeners.filter((one) => one.trafficDirection === 'INBOUND'), findings };
}

function mtls(mode: string, more = ''): string {
  return `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: web, namespace: b }
spec: { selector: { matchLabels: { app: web } }, mtls: { mode: ${mode} }${more} }`;
}

/** How clients come: with the mutual TLS of the mesh, as HTTP or not, with TLS of their own, or in plain text. */
const CLIENTS = {
  meshHttp: { tls: { alpn: ['istio-http/1.1', 'istio', 'http/1.1'] }, identity: 'cluster.local/ns/a/sa/x', http: {} },
  meshTcp: { tls: { alpn: ['istio'] }, identity: 'cluster.local/ns/a/sa/x' },
  tls: { tls: { alpn: ['h2', 'http/1.1'] } },
  http: { http: {} },
  plain: {},
} satisfies Record<string, Partial<Call>>;

const NO_CHAIN: Outcome = { failure: 'no filter chain' };
const NO_CERTIFICATE: Outcome = { failure: 'a certificate is required' };
const NOT_HTTP: Outcome = { failure: 'not HTTP' };
const to = (port: number): Outcome => ({ to: `inbound|${port}||` });
const passed: Outcome = { to: 'InboundPassthroughClusterIpv4' };

type Client = keyof typeof CLIENTS;
type Row = readonly [mode: string, port: number, outcomes: Partial<Record<Client, Outcome>>];

/** SEMANTICS 24, for ports of each kind; 7000 is one that nobody declares. */
const MODES: readonly Row[] = [
  ['PERMISSIVE', 8080, { meshHttp: to(8080), meshTcp: NOT_HTTP, tls: NO_CHAIN, http: to(8080), plain: NOT_HTTP }],
  ['PERMISSIVE', 5000, { meshHttp: to(5000), meshTcp: to(5000), tls: to(5000), http: to(5000), plain: to(5000) }],
  ['PERMISSIVE', 6000, { meshHttp: to(6000), meshTcp: to(6000), tls: to(6000), http: to(6000), plain: to(6000) }],
  ['PERMISSIVE', 7000, { meshHttp: passed, meshTcp: passed, tls: passed, http: passed, plain: passed }],
  ['STRICT', 8080, { meshHttp: to(8080), tls: NO_CERTIFICATE, http: NO_CHAIN, plain: NO_CHAIN }],
  ['STRICT', 5000, { meshHttp: to(5000), meshTcp: to(5000), tls: NO_CERTIFICATE, http: NO_CHAIN, plain: NO_CHAIN }],
  ['STRICT', 6000, { meshHttp: to(6000), meshTcp: to(6000), tls: NO_CERTIFICATE, http: NO_CHAIN, plain: NO_CHAIN }],
  ['STRICT', 7000, { meshHttp: passed, meshTcp: passed, tls: NO_CERTIFICATE, http: NO_CHAIN, plain: NO_CHAIN }],
  ['DISABLE', 8080, { http: to(8080), plain: NOT_HTTP }],
  ['DISABLE', 5000, { meshTcp: to(5000), tls: to(5000), http: to(5000), plain: to(5000) }],
  ['DISABLE', 6000, { meshTcp: to(6000), tls: to(6000), http: to(6000), plain: to(6000) }],
  ['DISABLE', 7000, { meshTcp: passed, tls: passed, http: passed, plain: passed }],
];

for (const [mode, port, outcomes] of MODES) {
  test(`SEMANTICS 24: ${mode} on port ${port}`, () => {
    const send = simulator(translated(texts(WEB, mtls(mode))).resources);
    for (const [client, expected] of Object.entries(outcomes)) {
      const call: Call = { direction: 'inbound', to: `10.1.0.1:${port}`, ...CLIENTS[client as Client] };
      const outcome = send(call);
      assert.partialDeepStrictEqual(outcome, expected, `${client} got ${JSON.stringify(outcome)}`);
    }
  });
}

test('a port has its own mode, also one that nobody declares', () => {
  const yaml = texts(WEB, mtls('STRICT', ', portLevelMtls: { 8080: { mode: PERMISSIVE }, 7000: { mode: DISABLE } }'));
  const send = simulator(translated(yaml).resources);
  const plain = (port: number) => send({ direction: 'inbound', to: `10.1.0.1:${port}`, http: {} });
  assert.equal(plain(8080).to, 'inbound|8080||');
  assert.equal(plain(7000).to, 'InboundPassthroughClusterIpv4');
  assert.equal(plain(7001).failure, 'no filter chain');
});

test('mutual TLS takes identities of the trust domain and of those that count like it', () => {
  const config = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: '{ trustDomain: td, trustDomainAliases: [old.td], meshMTLS: { minProtocolVersion: TLSV1_3 } }' }`;
  const [listener] = inboundOf(texts(config, WEB, mtls('STRICT'))).listeners;
  const { transportSocket } = listener!.filterChains!.find(({ name }) => name === '0.0.0.0_8080')!;
  assert.partialDeepStrictEqual(transportSocket, {
    typedConfig: {
      requireClientCertificate: true,
      commonTlsContext: {
        tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3' },
        tlsCertificateSdsSecretConfigs: [{ name: 'default' }],
        combinedValidationContext: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: [
              { sanType: 'URI', matcher: { prefix: 'spiffe://td/' } },
              { sanType: 'URI', matcher: { prefix: 'spiffe://old.td/' } },
            ],
          },
          validationContextSdsSecretConfig: { name: 'ROOTCA' },
        },
      },
    },
  });
});

test('SEMANTICS 36: of two services on one port of the workload the oldest decides what is spoken', () => {
  const [one, two] = [
    service({ name: 'web', ports: ['tcp:5000'] }),
    service({ name: 'more', ports: ['http:80:5000'], spec: { selector: { app: 'web' } } }),
  ];
  const { findings, resources } = translated(texts(one, two));
  const send = simulator(resources);
  assert.equal(send({ direction: 'inbound', to: '10.1.0.1:5000' }).to, 'inbound|5000||');
  assert.partialDeepStrictEqual(
    findings.filter(({ code }) => code === 'ListenerConflict'),
    [{ object: { name: 'more' }, path: 'spec.ports[0]' }],
  );
});

const SIDECAR = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: own, namespace: b }
spec:
  ingress:
    - { port: { number: 9000, protocol: HTTP, name: http }, defaultEndpoint: 'unix:///var/run/web.sock' }
    - { port: { number: 9001, protocol: TCP, name: tcp }, bind: 0.0.0.0, captureMode: NONE, defaultEndpoint: '127.0.0.1:5000' }
    - { port: { number: 9443, protocol: HTTPS, name: https }, defaultEndpoint: '127.0.0.1:8080',
        tls: { mode: SIMPLE, serverCertificate: /etc/tls/cert.pem, privateKey: /etc/tls/key.pem } }`;

test('SEMANTICS 37: ports of a Sidecar take the place of those of services', () => {
  const yaml = texts(WEB, SIDECAR, mtls('PERMISSIVE', ', portLevelMtls: { 9443: { mode: DISABLE } }'));
  const { listeners } = inboundOf(yaml);
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['virtualInbound', '0.0.0.0_9001'],
  );
  const chains = listeners[0]!.filterChains!.map(({ name }) => name);
  assert.ok(chains.includes('10.1.0.1_9000') && !chains.includes('0.0.0.0_8080'));
  const send = simulator(translated(yaml).resources);
  const call = (port: number, more: Partial<Call>) => send({ direction: 'inbound', to: `10.1.0.1:${port}`, ...more });
  assert.equal(call(9000, CLIENTS.http).to, 'inbound|9000||');
  assert.equal(call(9443, { tls: { sni: 'x' }, http: {} }).to, 'inbound|9443||');
  assert.equal(call(9443, CLIENTS.http).failure, 'no filter chain');
});

test('without capture only a Sidecar opens ports', () => {
  const proxy = { metadata: { INTERCEPTION_MODE: 'NONE' } };
  assert.deepEqual(inboundOf(WEB, proxy).listeners, []);
  const names = inboundOf(texts(WEB, SIDECAR), proxy).listeners.map(({ name }) => name);
  assert.deepEqual(names, ['10.1.0.1_9000', '0.0.0.0_9001', '10.1.0.1_9443']);
});

test('inspectors that wait for the client run only where a chain asks for what they find', () => {
  const { listeners } = inboundOf(texts(WEB, mtls('PERMISSIVE', ', portLevelMtls: { 5000: { mode: DISABLE } }')));
  const disabled = listeners[0]!.listenerFilters!.map(({ name, filterDisabled }) => [name, filterDisabled]);
  const ports = (...numbers: number[]) => ({
    orMatch: { rules: numbers.map((start) => ({ destinationPortRange: { start, end: start + 1 } })) },
  });
  assert.deepEqual(disabled, [
    ['envoy.filters.listener.original_dst', undefined],
    ['envoy.filters.listener.tls_inspector', ports(5000, 15006)],
    ['envoy.filters.listener.http_inspector', ports(5000, 8080, 15006)],
  ]);
});

test('proxies with two families take both', () => {
  const { listeners } = inboundOf(WEB, { addresses: ['10.1.0.1', 'fd00::1'] });
  assert.deepEqual(listeners[0]!.additionalAddresses, [
    { address: { socketAddress: { address: '::', portValue: 15006 } } },
  ]);
  const send = simulator(translated(WEB, { addresses: ['10.1.0.1', 'fd00::1'] }).resources);
  assert.equal(send({ direction: 'inbound', to: 'fd00::1:7000' }).to, 'InboundPassthroughClusterIpv6');
});

test('workloads that serve the same by the same policies share what they receive', () => {
  const input = inputOf(texts(WEB, mtls('STRICT')), { proxy: PROXY });
  const other = { ...input, targets: input.targets.map((target) => ({ ...target })), mtls: { ...input.mtls } };
  const [, one] = translateProxy(input).parts;
  const [, two] = translateProxy({ ...other, proxy: { ...input.proxy, id: 'web-2.b', addresses: ['10.1.0.2'] } }).parts;
  assert.equal(one, two);
});
