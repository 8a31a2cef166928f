import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshProxy } from '../../../mesh/model/index.ts';
import { inputOf } from '../../test-support/mesh-input.ts';
import { service, texts } from '../../test-support/mesh-text.ts';
import { type Call, type Outcome, simulator } from '../../test-support/simulate.ts';
import { translateProxy } from '../../translate-proxy.ts';

const PROXY: Partial<MeshProxy> = {
  type: 'router',
  namespace: 'edge',
  labels: { istio: 'gateway' },
  addresses: ['10.2.0.1'],
};
const WEB = service({ name: 'web', ports: ['http:80', 'tcp:5000', 'tls:6000'] });
const WEB_HOST = 'web.b.svc.cluster.local';

function gateway(servers: string, name = 'gw'): string {
  return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: edge }
spec:
  selector: { istio: gateway }
  servers:
${servers.trim().replace(/^\s*/gm, '    ')}`;
}

function rules(hosts: string, spec: string, name = 'rules'): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: b }
spec: { hosts: ${hosts}, gateways: [edge/gw], ${spec} }`;
}

function translated(yaml: string, proxy: Partial<MeshProxy> = {}) {
  return translateProxy(inputOf(yaml, { proxy: { ...PROXY, ...proxy } }));
}

type Row = readonly [call: Partial<Call> & { readonly to: string }, expected: Outcome];

function check(yaml: string, rows: readonly Row[]): void {
  const send = simulator(translated(yaml).resources);
  for (const [call, expected] of rows) {
    const outcome = send({ direction: 'inbound', ...call });
    assert.partialDeepStrictEqual(outcome, expected, `${JSON.stringify(call)} got ${JSON.stringify(outcome)}`);
  }
}

const TO_WEB = (port: number) => `route: [{ destination: { host: ${WEB_HOST}, port: { number: ${port} } } }]`;
const HTTPS = `
- { port: { number: 443, name: one, protocol: HTTPS }, hosts: [one.example.com], tls: { mode: SIMPLE, credentialName: one } }
- { port: { number: 443, name: any, protocol: HTTPS }, hosts: ['*.example.com'], tls: { mode: MUTUAL, credentialName: any } }`;

test('HTTPS ends by the name that TLS asks for, the most specific first', () => {
  const yaml = texts(WEB, gateway(HTTPS), rules('[one.example.com, two.example.com]', `http: [{ ${TO_WEB(80)} }]`));
  const http = (host: string) => ({ host });
  const to = `outbound|80||${WEB_HOST}`;
  const identity = 'cluster.local/ns/x/sa/y';
  check(yaml, [
    [{ to: '1.1.1.1:443', tls: { sni: 'one.example.com' }, http: http('one.example.com') }, { to }],
    [
      { to: '1.1.1.1:443', tls: { sni: 'two.example.com' }, http: http('two.example.com') },
      { failure: 'a certificate is required' },
    ],
    [{ to: '1.1.1.1:443', tls: { sni: 'two.example.com' }, identity, http: http('two.example.com') }, { to }],
    [
      { to: '1.1.1.1:443', tls: { sni: 'one.example.org' }, http: http('one.example.com') },
      { failure: 'no filter chain' },
    ],
  ]);
});

/** The settings of TLS of a server, and what the proxy gets of them. */
const TLS: readonly (readonly [tls: string, expected: object])[] = [
  [
    '{ mode: SIMPLE, credentialName: cert, minProtocolVersion: TLSV1_2, maxProtocolVersion: TLSV1_3, cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256] }',
    {
      requireClientCertificate: false,
      commonTlsContext: {
        alpnProtocols: ['h2', 'http/1.1'],
        tlsParams: {
          tlsMinimumProtocolVersion: 'TLSv1_2',
          tlsMaximumProtocolVersion: 'TLSv1_3',
          cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'],
        },
        tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://cert', sdsConfig: { ads: {} } }],
      },
    },
  ],
  [
    '{ mode: MUTUAL, credentialName: cert }',
    {
      requireClientCertificate: true,
      commonTlsContext: { validationContextSdsSecretConfig: { name: 'kubernetes://cert-cacert' } },
    },
  ],
  [
    '{ mode: OPTIONAL_MUTUAL, credentialName: cert, subjectAltNames: [client.example.com, "spiffe://x/y"] }',
    {
      requireClientCertificate: false,
      commonTlsContext: {
        combinedValidationContext: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: [
              { sanType: 'DNS', matcher: { exact: 'client.example.com' } },
              { sanType: 'URI', matcher: { exact: 'spiffe://x/y' } },
            ],
          },
          validationContextSdsSecretConfig: { name: 'kubernetes://cert-cacert' },
        },
      },
    },
  ],
  [
    '{ mode: MUTUAL, serverCertificate: /etc/c.pem, privateKey: /etc/k.pem, caCertificates: /etc/ca.pem, verifyCertificateHash: [aa] }'.replace(
      '[aa]',
      `[${'ab'.repeat(32)}]`,
    ),
    {
      commonTlsContext: {
        tlsCertificates: [{ certificateChain: { filename: '/etc/c.pem' }, privateKey: { filename: '/etc/k.pem' } }],
        validationContext: { trustedCa: { filename: '/etc/ca.pem' }, verifyCertificateHash: ['ab'.repeat(32)] },
      },
    },
  ],
  [
    '{ mode: ISTIO_MUTUAL }',
    {
      requireClientCertificate: true,
      commonTlsContext: {
        tlsCertificateSdsSecretConfigs: [{ name: 'default' }],
        combinedValidationContext: { validationContextSdsSecretConfig: { name: 'ROOTCA' } },
      },
    },
  ],
];

for (const [tls, expected] of TLS) {
  test(`TLS ${tls.slice(0, 60)}`, () => {
    const server = `- { port: { number: 443, name: https, protocol: HTTPS }, hosts: ['*'], tls: ${tls} }`;
    const { resources } = translated(texts(WEB, gateway(server)));
    simulator(resources);
    assert.partialDeepStrictEqual(resources.listeners[0]!.filterChains![0]!.transportSocket!.typedConfig, expected);
  });
}

test('versions of TLS that nobody speaks any more are told', () => {
  const server = `- { port: { number: 443, name: https, protocol: HTTPS }, hosts: ['*'], tls: { mode: SIMPLE, credentialName: c, minProtocolVersion: TLSV1_0 } }`;
  assert.partialDeepStrictEqual(translated(gateway(server)).findings, [
    { code: 'UnsupportedField', path: 'spec.servers[0].tls.minProtocolVersion' },
  ]);
});

const PASS =
  "- { port: { number: 443, name: tls, protocol: TLS }, hosts: ['b/*.example.com'], tls: { mode: PASSTHROUGH } }";

test('TLS is passed on by the name that it asks for, within the hosts of the server', () => {
  const yaml = texts(
    WEB,
    gateway(PASS),
    rules(
      "['*.example.com', other.org]",
      `tls: [{ match: [{ port: 443, sniHosts: [a.example.com, other.org] }], ${TO_WEB(6000)} }, { match: [{ port: 444, sniHosts: [b.example.com] }], ${TO_WEB(6000)} }]`,
    ),
  );
  check(yaml, [
    [{ to: '1.1.1.1:443', tls: { sni: 'a.example.com' } }, { to: `outbound|6000||${WEB_HOST}` }],
    [{ to: '1.1.1.1:443', tls: { sni: 'b.example.com' } }, { failure: 'no filter chain' }],
    [{ to: '1.1.1.1:443', tls: { sni: 'other.org' } }, { failure: 'no filter chain' }],
  ]);
});

test('of two rules for one server name the first counts, and the other is told', () => {
  const tls = (port: number) => `tls: [{ match: [{ sniHosts: [a.example.com] }], ${TO_WEB(port)} }]`;
  const yaml = texts(
    WEB,
    gateway(PASS),
    rules('[a.example.com]', tls(6000)),
    rules('[a.example.com]', tls(5000), 'later'),
  );
  check(yaml, [[{ to: '1.1.1.1:443', tls: { sni: 'a.example.com' } }, { to: `outbound|6000||${WEB_HOST}` }]]);
  assert.partialDeepStrictEqual(
    translated(yaml).findings.filter(({ code }) => code === 'UnreachableRule'),
    [{ object: { name: 'later' }, path: 'spec.tls[0].match' }],
  );
});

test('TCP goes to the first rule that is for the server; a server without any is told of', () => {
  const server = "- { port: { number: 3306, name: tcp, protocol: TCP }, hosts: ['*'] }";
  const ended =
    '- { port: { number: 3307, name: tls, protocol: TLS }, hosts: [db.example.com], tls: { mode: SIMPLE, credentialName: db } }';
  const yaml = texts(
    WEB,
    gateway(`${server}\n${ended}`),
    rules(
      '[db.example.com]',
      `tcp: [{ match: [{ port: 3306 }], ${TO_WEB(5000)} }, { match: [{ port: 3307 }], ${TO_WEB(80)} }]`,
    ),
  );
  check(yaml, [
    [{ to: '1.1.1.1:3306' }, { to: `outbound|5000||${WEB_HOST}` }],
    [{ to: '1.1.1.1:3307', tls: { sni: 'db.example.com' } }, { to: `outbound|80||${WEB_HOST}` }],
    [{ to: '1.1.1.1:3307', tls: { sni: 'x.example.com' } }, { failure: 'no filter chain' }],
  ]);
  const { findings, resources } = translated(texts(WEB, gateway(server)));
  assert.deepEqual(resources.listeners, []);
  assert.partialDeepStrictEqual(findings, [{ code: 'UnroutedServer', path: 'spec.servers[0]' }]);
});

test('between networks, the server name of mutual TLS is the cluster', () => {
  const server =
    "- { port: { number: 15443, name: tls, protocol: TLS }, hosts: ['*.local'], tls: { mode: AUTO_PASSTHROUGH } }";
  const rule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: b }
spec: { host: ${WEB_HOST}, subsets: [{ name: v1, labels: { version: v1 } }] }`;
  const tls = (sni: string, alpn = ['istio']) => ({ to: '1.1.1.1:15443', tls: { sni, alpn } });
  check(texts(WEB, rule, gateway(server)), [
    [tls(`outbound_.80_._.${WEB_HOST}`), { to: `outbound_.80_._.${WEB_HOST}` }],
    [tls(`outbound_.80_.v1_.${WEB_HOST}`), { to: `outbound_.80_.v1_.${WEB_HOST}` }],
    [tls(`outbound_.80_._.${WEB_HOST}`, ['http/1.1']), { failure: 'no filter chain' }],
    [tls('web.example.com'), { failure: 'no filter chain' }],
  ]);
});

const DENY = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: nobody, namespace: edge }
spec: { selector: { matchLabels: { istio: gateway } } }`;

test('policies hold for all that a gateway takes, but not for what it passes on between networks', () => {
  const servers = `
- { port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }
- { port: { number: 3306, name: tcp, protocol: TCP }, hosts: ['*'] }
- { port: { number: 15443, name: tls, protocol: TLS }, hosts: ['*.local'], tls: { mode: AUTO_PASSTHROUGH } }`;
  const yaml = texts(
    WEB,
    DENY,
    gateway(servers),
    rules("['*']", `http: [{ ${TO_WEB(80)} }], tcp: [{ match: [{ port: 3306 }], ${TO_WEB(5000)} }]`),
  );
  const denied = { failure: 'denied by no policy that allows it' };
  check(yaml, [
    [{ to: '1.1.1.1:80', http: {} }, denied],
    [{ to: '1.1.1.1:3306' }, denied],
    [
      { to: '1.1.1.1:15443', tls: { sni: `outbound_.80_._.${WEB_HOST}`, alpn: ['istio'] } },
      { to: `outbound_.80_._.${WEB_HOST}` },
    ],
  ]);
});

test('what stands in front of a gateway: hops that are trusted, the PROXY protocol, certificates', () => {
  const gatewayTopology = { numTrustedProxies: 2, proxyProtocol: {}, forwardClientCertDetails: 'ALWAYS_FORWARD_ONLY' };
  const { resources } = translated(gateway("- { port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }"), {
    metadata: { PROXY_CONFIG: { gatewayTopology } },
  });
  const [listener] = resources.listeners;
  assert.deepEqual(
    listener!.listenerFilters!.map(({ name }) => name),
    ['envoy.filters.listener.proxy_protocol'],
  );
  const manager = listener!.filterChains![0]!.filters![0]!.typedConfig!;
  assert.partialDeepStrictEqual(manager, {
    useRemoteAddress: true,
    xffNumTrustedHops: 2,
    forwardClientCertDetails: 'ALWAYS_FORWARD_ONLY',
  });
  assert.ok(!('setCurrentClientCertDetails' in manager));
});

test('a server whose address is written out is in the way of one that says none', () => {
  const yaml = texts(
    gateway("- { port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }"),
    gateway("- { port: { number: 80, name: http, protocol: HTTP }, bind: 0.0.0.0, hosts: ['*'] }", 'written'),
  );
  const { findings, resources } = translated(yaml);
  assert.equal(resources.listeners.length, 1);
  assert.deepEqual(
    findings.map(({ code, object, path }) => [code, object.name, path]),
    [['GatewayConflict', 'written', 'spec.servers[0].bind']],
  );
});
