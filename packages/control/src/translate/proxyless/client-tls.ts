import type { TransportSocketJson } from '@weft/proto/envoy/config/core/v3/base';
import type { UpstreamTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { WORKLOAD_SECRET } from '../json/secret-config.ts';
import { typed } from '../json/typed-config.ts';

/** Name of the certificates in the bootstrap of programs that read xDS themselves, as Istio's agent writes it. */
const PROVIDER = 'default';

/**
 * Mutual TLS where a DestinationRule asks for it: the certificates are those that the program's own bootstrap names. Where nobody asks for it, gRPC
 * cannot tell endpoints apart as proxies do, and speaks plain text.
 */
export function clientTls(socket: TransportSocketJson | undefined): TransportSocketJson | undefined {
  const { commonTlsContext } = (socket?.typedConfig ?? {}) as UpstreamTlsContextJson;
  const [certificate] = commonTlsContext?.tlsCertificateSdsSecretConfigs ?? [];
  if (certificate?.name !== WORKLOAD_SECRET.certificate) return undefined;
  const names = commonTlsContext?.combinedValidationContext?.defaultValidationContext?.matchTypedSubjectAltNames ?? [];
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      commonTlsContext: {
        tlsCertificateProviderInstance: { instanceName: PROVIDER, certificateName: WORKLOAD_SECRET.certificate },
        combinedValidationContext: {
          defaultValidationContext: {
            caCertificateProviderInstance: { instanceName: PROVIDER, certificateName: WORKLOAD_SECRET.roots },
            matchSubjectAltNames: names.flatMap(({ matcher }) => matcher ?? []),
          },
        },
      },
    }),
  };
}
