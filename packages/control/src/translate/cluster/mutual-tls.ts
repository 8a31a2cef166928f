/** Mutual TLS between workloads of the mesh. */
import type { UpstreamTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { secretConfig, WORKLOAD_SECRET } from '../json/secret-config.ts';
import { sanMatchers } from './san-matchers.ts';

/**
 * What a client offers as application protocols. The first tells the other proxy what it is about to read, without a word of the request:
 * its filter chains are chosen by it. The last is what our own connections agree on.
 */
const ALPN = {
  http1: ['istio-http/1.1', 'istio', 'http/1.1'],
  http2: ['istio-h2', 'istio', 'h2'],
  other: ['istio'],
} as const;

/** What the TLS of a cluster is for. */
export interface MutualTls {
  readonly sni: string;
  /** The peer must prove one of these identities; any of the mesh when there are none. */
  readonly identities: readonly string[];
  /** What is carried, as far as it is known when the connection is opened. */
  readonly carries: keyof typeof ALPN;
}

/** The TLS context: certificates come from the control plane, and change while connections live on. */
export function mutualTlsContext({ sni, identities, carries }: MutualTls): UpstreamTlsContextJson {
  return {
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_2', tlsMaximumProtocolVersion: 'TLSv1_3' },
      alpnProtocols: [...ALPN[carries]],
      tlsCertificateSdsSecretConfigs: [secretConfig(WORKLOAD_SECRET.certificate)],
      combinedValidationContext: {
        defaultValidationContext: sanMatchers(identities),
        validationContextSdsSecretConfig: secretConfig(WORKLOAD_SECRET.roots),
      },
    },
    sni,
  };
}
