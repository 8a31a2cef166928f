import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { UpstreamTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { madeClusters } from '../test-support/made-clusters.ts';
import { destinationRule, service, texts } from '../test-support/mesh-text.ts';

const HOST = 'reviews.b.svc.cluster.local';
const NAME = `outbound|80||${HOST}`;
const IDENTITY = 'spiffe://cluster.local/ns/b/sa/default';
const SERVED = { name: 'reviews', endpoints: [{ address: '10.1.0.1' }] };

function peerAuthentication(namespace: string, mode: string): string {
  return texts({
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace },
    spec: { mtls: { mode } },
  });
}

function meshConfig(text: string): string {
  const metadata = { name: 'istio', namespace: 'istio-system' };
  return texts({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh: text } });
}

function tlsRule(tls: string, more = ''): string {
  return destinationRule(HOST, `trafficPolicy: { tls: ${tls} }\n${more}`);
}

type Context = UpstreamTlsContextJson & { readonly '@type': string };

function contextOf(cluster: ClusterJson, at?: number): Context {
  const { transportSocket, transportSocketMatches } = cluster;
  const socket = at === undefined ? transportSocket : transportSocketMatches?.[at]?.transportSocket;
  return (socket?.typedConfig ?? assert.fail('no TLS')) as Context;
}

/** What a peer must prove. */
function namesOf(context: UpstreamTlsContextJson): readonly unknown[] {
  const { combinedValidationContext, validationContext } = context.commonTlsContext ?? {};
  const validation = combinedValidationContext?.defaultValidationContext ?? validationContext;
  return (validation?.matchTypedSubjectAltNames ?? []).map(({ sanType, matcher }) => `${sanType} ${matcher?.exact}`);
}

// SEMANTICS 19
describe('mutual TLS of the mesh', () => {
  test('is spoken with the endpoints that are marked, with certificates and authorities from the control plane', () => {
    const cluster = madeClusters(service(SERVED)).cluster(NAME);
    const matches = cluster.transportSocketMatches ?? [];
    assert.deepEqual(
      matches.map(({ name, match }) => [name, match]),
      [
        ['tlsMode-istio', { tlsMode: 'istio' }],
        ['tlsMode-disabled', {}],
      ],
    );
    assert.equal(cluster.transportSocket, undefined);
    const context = contextOf(cluster, 0);
    assert.equal(context.sni, `outbound_.80_._.${HOST}`);
    assert.deepEqual(namesOf(context), [`URI ${IDENTITY}`]);
    const { tlsCertificateSdsSecretConfigs, combinedValidationContext } = context.commonTlsContext!;
    assert.deepEqual(
      [tlsCertificateSdsSecretConfigs?.[0]?.name, combinedValidationContext?.validationContextSdsSecretConfig?.name],
      ['default', 'ROOTCA'],
    );
  });

  const off: readonly (readonly [string, string])[] = [
    ['when the namespace of the service disables it', texts(service(SERVED), peerAuthentication('b', 'DISABLE'))],
    ['when the mesh disables it', texts(service(SERVED), peerAuthentication('istio-system', 'DISABLE'))],
    ['when it is not automatic', texts(service(SERVED), meshConfig('enableAutoMtls: false'))],
    ['when a rule disables it', texts(service(SERVED), tlsRule('{ mode: DISABLE }'))],
    [
      'for a headless Service with an endpoint that does not speak it',
      service({ ...SERVED, endpoints: [{ address: '10.1.0.1', isInMesh: false }], spec: { clusterIP: 'None' } }),
    ],
    ['for a headless Service without endpoints', service({ name: 'reviews', spec: { clusterIP: 'None' } })],
    [
      'for services outside of the mesh',
      `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: b }
spec:
  hosts: [${HOST}]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 192.0.2.1 }]`,
    ],
  ];
  for (const [when, yaml] of off) {
    test(`is not spoken ${when}`, () => {
      const { transportSocket, transportSocketMatches } = madeClusters(yaml).cluster(NAME);
      assert.deepEqual([transportSocket, transportSocketMatches], [undefined, undefined]);
    });
  }

  test('is spoken with all endpoints of a headless Service if all of them can', () => {
    const cluster = madeClusters(service({ ...SERVED, spec: { clusterIP: 'None' } })).cluster(NAME);
    assert.equal(contextOf(cluster).sni, `outbound_.80_._.${HOST}`);
  });

  test('accepts identities of trust domains that mean the same', () => {
    const yaml = texts(service(SERVED), meshConfig('trustDomain: cluster.local\ntrustDomainAliases: [old.example]'));
    assert.deepEqual(namesOf(contextOf(madeClusters(yaml).cluster(NAME), 0)), [
      `URI ${IDENTITY}`,
      'URI spiffe://old.example/ns/b/sa/default',
    ]);
  });

  const words: readonly (readonly [string, readonly string[]])[] = [
    ['http:80', ['istio-http/1.1', 'istio', 'http/1.1']],
    ['grpc:80', ['istio-h2', 'istio', 'h2']],
    ['tcp:80', ['istio']],
    ['anything:80', ['istio']],
  ];
  for (const [port, alpn] of words) {
    test(`says that port ${port} carries ${alpn[0]}`, () => {
      const { cluster } = madeClusters(service({ ...SERVED, ports: [port] }));
      assert.deepEqual(contextOf(cluster(NAME), 0).commonTlsContext?.alpnProtocols, alpn);
    });
  }
});

// SEMANTICS 18
describe('a rule that asks for', () => {
  test('ISTIO_MUTUAL speaks it with all endpoints, by the name of the cluster', () => {
    const rule = tlsRule('{ mode: ISTIO_MUTUAL }', 'subsets: [{ name: v1, labels: { version: v1 } }]');
    const { cluster } = madeClusters(texts(service(SERVED), rule));
    assert.deepEqual(namesOf(contextOf(cluster(NAME))), [`URI ${IDENTITY}`]);
    assert.equal(contextOf(cluster(`outbound|80|v1|${HOST}`)).sni, `outbound_.80_.v1_.${HOST}`);
  });

  test('ISTIO_MUTUAL with other names verifies and asks for those', () => {
    const rule = tlsRule('{ mode: ISTIO_MUTUAL, sni: other.example.com, subjectAltNames: [spiffe://x/y] }');
    const context = contextOf(madeClusters(texts(service(SERVED), rule)).cluster(NAME));
    assert.deepEqual([context.sni, ...namesOf(context)], ['other.example.com', 'URI spiffe://x/y']);
  });

  test('SIMPLE verifies by the authorities of the system, and the name that the request is for', () => {
    const { cluster } = madeClusters(texts(service(SERVED), tlsRule('{ mode: SIMPLE }')));
    const { validationContext, alpnProtocols } = contextOf(cluster(NAME)).commonTlsContext!;
    assert.deepEqual(validationContext, { trustedCa: { filename: '/etc/ssl/certs/ca-certificates.crt' } });
    assert.equal(alpnProtocols, undefined);
    const [options] = Object.values(cluster(NAME).typedExtensionProtocolOptions ?? {});
    assert.deepEqual((options as Record<string, unknown>)['upstreamHttpProtocolOptions'], {
      autoSni: true,
      autoSanValidation: true,
    });
    assert.equal(cluster(NAME).metadata?.filterMetadata?.['istio']?.['alpn_override'], 'false');
  });

  test('SIMPLE with a server name and names of the certificate needs nothing of the request', () => {
    const rule = tlsRule('{ mode: SIMPLE, sni: db.example.com, subjectAltNames: [db.example.com, 192.0.2.1] }');
    const { cluster } = madeClusters(texts(service({ ...SERVED, ports: ['grpc:80'] }), rule));
    const context = contextOf(cluster(NAME));
    assert.equal(context.sni, 'db.example.com');
    assert.deepEqual(namesOf(context), ['DNS db.example.com', 'IP_ADDRESS 192.0.2.1']);
    assert.deepEqual(context.commonTlsContext?.alpnProtocols, ['h2']);
    const [options] = Object.values(cluster(NAME).typedExtensionProtocolOptions ?? {});
    assert.deepEqual((options as Record<string, unknown>)['upstreamHttpProtocolOptions'], undefined);
  });

  test('SIMPLE without verification verifies nothing', () => {
    const rule = tlsRule('{ mode: SIMPLE, insecureSkipVerify: true }');
    const { cluster } = madeClusters(texts(service(SERVED), rule));
    assert.equal(contextOf(cluster(NAME)).commonTlsContext?.validationContext, undefined);
    const [options] = Object.values(cluster(NAME).typedExtensionProtocolOptions ?? {});
    assert.deepEqual((options as Record<string, unknown>)['upstreamHttpProtocolOptions'], { autoSni: true });
  });

  test('MUTUAL shows the certificate in files, and verifies by the names that the service gives', () => {
    const files =
      'clientCertificate: /etc/c.pem, privateKey: /etc/k.pem, caCertificates: /etc/ca.pem, caCrl: /etc/l.pem';
    const entry = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: b }
spec:
  hosts: [${HOST}]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: DNS
  subjectAltNames: [db.example.com]`;
    const context = contextOf(madeClusters(texts(entry, tlsRule(`{ mode: MUTUAL, ${files} }`))).cluster(NAME));
    assert.deepEqual(context.commonTlsContext?.tlsCertificates, [
      { certificateChain: { filename: '/etc/c.pem' }, privateKey: { filename: '/etc/k.pem' } },
    ]);
    const { trustedCa, crl } = context.commonTlsContext?.validationContext ?? {};
    assert.deepEqual([trustedCa, crl], [{ filename: '/etc/ca.pem' }, { filename: '/etc/l.pem' }]);
    assert.deepEqual(namesOf(context), ['DNS db.example.com']);
  });

  const secret = '{ mode: MUTUAL, credentialName: client }';

  test('a Secret gets it on gateways, and in sidecars that the rule selects', () => {
    const own = tlsRule(secret, 'workloadSelector: { matchLabels: { app: client } }');
    const sidecar = { namespace: 'b', labels: { app: 'client' } };
    for (const { cluster } of [
      madeClusters(texts(service(SERVED), own), sidecar),
      madeClusters(texts(service(SERVED), tlsRule(secret)), { type: 'router' }),
    ]) {
      const { tlsCertificateSdsSecretConfigs, combinedValidationContext } = contextOf(cluster(NAME)).commonTlsContext!;
      assert.equal(tlsCertificateSdsSecretConfigs?.[0]?.name, 'kubernetes://client');
      assert.equal(combinedValidationContext?.validationContextSdsSecretConfig?.name, 'kubernetes://client-cacert');
    }
  });

  test('a Secret gets nothing in other sidecars, which is said', () => {
    const { cluster, findings } = madeClusters(texts(service(SERVED), tlsRule(secret)));
    assert.equal(cluster(NAME).transportSocket, undefined);
    assert.deepEqual(
      findings.map(({ code, path }) => [code, path]),
      [['CredentialIgnored', 'spec.trafficPolicy.tls.credentialName']],
    );
  });

  test('versions and ciphers of the mesh gets those', () => {
    const config = meshConfig('tlsDefaults: { minProtocolVersion: TLSV1_3, ecdhCurves: [P-256] }');
    const context = contextOf(madeClusters(texts(config, service(SERVED), tlsRule('{ mode: SIMPLE }'))).cluster(NAME));
    assert.deepEqual(context.commonTlsContext?.tlsParams, {
      tlsMinimumProtocolVersion: 'TLSv1_3',
      tlsMaximumProtocolVersion: 'TLSv1_3',
      ecdhCurves: ['P-256'],
    });
  });

  test('the PROXY protocol sends it before everything else', () => {
    const rule = destinationRule(HOST, 'trafficPolicy: { proxyProtocol: { version: V2 } }');
    const { transportSocketMatches = [] } = madeClusters(texts(service(SERVED), rule)).cluster(NAME);
    assert.deepEqual(
      transportSocketMatches.map(({ transportSocket }) => transportSocket?.name),
      ['envoy.transport_sockets.upstream_proxy_protocol', 'envoy.transport_sockets.upstream_proxy_protocol'],
    );
  });
});
