/** Mutual TLS between workloads, on the side of the server. */
import type { TransportSocketJson } from '@weft/proto/envoy/config/core/v3/base';
import type { CertificateValidationContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type { CommonTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import type { MeshSettings } from '../../../mesh/model/index.ts';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { secretConfig, WORKLOAD_SECRET } from '../../json/secret-config.ts';
import { typed } from '../../json/typed-config.ts';

/** Name of the transport socket. */
export const TLS_SOCKET_NAME = 'envoy.transport_sockets.tls';

/** What the server speaks: clients that offer one of Istio's own words too are known by the filter chain that took them. */
export const HTTP_ALPN: readonly string[] = ['h2', 'http/1.1'];

/** All words by which clients of the mesh are known before TLS is ended. */
export const MESH_ALPN: readonly string[] = [
  'istio',
  'istio-peer-exchange',
  'istio-http/1.0',
  'istio-http/1.1',
  'istio-h2',
];
/** Words of clients that know that they send HTTP, and of those that do not. */
export const MESH_HTTP_ALPN: readonly string[] = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
export const MESH_TCP_ALPN: readonly string[] = ['istio-peer-exchange', 'istio'];

const CIPHER_SUITES: readonly string[] = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
];

/** Ends mutual TLS with the certificate of the workload; clients must be of the trust domain, or of one that is trusted like it. */
export function meshTls({ snapshot: { settings }, memo }: TranslationInput): TransportSocketJson {
  return memo.get('meshTls', [settings], () => ({
    name: TLS_SOCKET_NAME,
    typedConfig: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      commonTlsContext: { tlsParams: meshTlsParameters(settings), ...meshTlsContext(trustedDomains(settings)) },
      requireClientCertificate: true,
    }),
  }));
}

/** The certificate of the workload; clients must have one of the mesh, with one of the names. */
export function meshTlsContext(names: CertificateValidationContextJson): CommonTlsContextJson {
  return {
    // Clients that send other bytes than HTTP offer this word alone, and OpenSSL ends handshakes that agree on none.
    alpnProtocols: [...HTTP_ALPN, 'istio'],
    tlsCertificateSdsSecretConfigs: [secretConfig(WORKLOAD_SECRET.certificate)],
    combinedValidationContext: {
      defaultValidationContext: names,
      validationContextSdsSecretConfig: secretConfig(WORKLOAD_SECRET.roots),
    },
  };
}

function trustedDomains({ trustDomain, config }: MeshSettings): CertificateValidationContextJson {
  const domains = [trustDomain, ...(config.trustDomainAliases ?? [])];
  return {
    matchTypedSubjectAltNames: domains.map((domain) => ({
      sanType: 'URI',
      matcher: { prefix: `spiffe://${domain}/` },
    })),
  };
}

function meshTlsParameters({ config }: MeshSettings): NonNullable<CommonTlsContextJson['tlsParams']> {
  const { minProtocolVersion, ecdhCurves = [], cipherSuites = [] } = config.meshMTLS ?? {};
  const isNew = minProtocolVersion === 'TLSV1_3';
  return defined<NonNullable<CommonTlsContextJson['tlsParams']>>({
    tlsMinimumProtocolVersion: isNew ? 'TLSv1_3' : 'TLSv1_2',
    tlsMaximumProtocolVersion: 'TLSv1_3',
    cipherSuites: [...(cipherSuites.length === 0 ? CIPHER_SUITES : cipherSuites)],
    ecdhCurves: filled([...ecdhCurves]),
  });
}
