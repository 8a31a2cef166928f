/** TLS that a DestinationRule asks for towards a service, with certificates that are not those of the mesh (SEMANTICS 18). */
import type { UpstreamHttpProtocolOptionsJson } from '@weft/proto/envoy/config/core/v3/protocol';
import type {
  TlsCertificateJson,
  TlsParametersJson,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type {
  CommonTlsContextJson,
  UpstreamTlsContextJson,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import type { MeshSettings } from '../../mesh/index.ts';
import { defined } from '../json/defined.ts';
import { credentialRoots, credentialSecret, secretConfig } from '../json/secret-config.ts';
import { sanMatchers } from './san-matchers.ts';
import type { ClientTlsBlock } from './traffic-policy.ts';

/** Whom a server is verified against where nobody says otherwise; the word stands for it, too. */
const SYSTEM_ROOTS = { word: 'system', path: '/etc/ssl/certs/ca-certificates.crt' } as const;

/** What the TLS is for. */
export interface TlsOrigination {
  readonly tls: ClientTlsBlock;
  /** Names that the service says its certificates have; they count when the rule gives none. */
  readonly serviceNames: readonly string[];
  readonly isHttp2: boolean;
  readonly settings: MeshSettings;
}

/** The TLS context, and what the HTTP of the cluster has to add to it. */
export interface OriginatedTls {
  readonly context: UpstreamTlsContextJson;
  readonly upstreamHttp: UpstreamHttpProtocolOptionsJson | undefined;
}

/** Makes both. Without a server name that of the request is sent, and without names to verify that one is. */
export function originateTls({ tls, serviceNames, isHttp2, settings }: TlsOrigination): OriginatedTls {
  const { sni = '', subjectAltNames = [], insecureSkipVerify } = tls;
  const names = subjectAltNames.length > 0 ? subjectAltNames : serviceNames;
  const context: UpstreamTlsContextJson = {
    commonTlsContext: defined<CommonTlsContextJson>({
      tlsParams: parametersOf(settings),
      alpnProtocols: isHttp2 ? ['h2'] : undefined,
      ...certificateFields(tls),
      ...(insecureSkipVerify === true ? {} : validationFields(tls, names)),
    }),
    ...(sni === '' ? {} : { sni }),
  };
  const autoSanValidation = sni === '' && names.length === 0 && insecureSkipVerify !== true;
  const upstreamHttp = sni === '' ? { autoSni: true, ...(autoSanValidation ? { autoSanValidation } : {}) } : undefined;
  return { context, upstreamHttp };
}

function parametersOf({ config: { tlsDefaults } }: MeshSettings): TlsParametersJson {
  const { ecdhCurves = [], cipherSuites = [], minProtocolVersion } = tlsDefaults ?? {};
  return {
    tlsMinimumProtocolVersion: minProtocolVersion === 'TLSV1_3' ? 'TLSv1_3' : 'TLSv1_2',
    tlsMaximumProtocolVersion: 'TLSv1_3',
    ...(ecdhCurves.length === 0 ? {} : { ecdhCurves: [...ecdhCurves] }),
    ...(cipherSuites.length === 0 ? {} : { cipherSuites: [...cipherSuites] }),
  };
}

function certificateFields({
  mode,
  credentialName = '',
  clientCertificate,
  privateKey,
}: ClientTlsBlock): Pick<CommonTlsContextJson, 'tlsCertificates' | 'tlsCertificateSdsSecretConfigs'> {
  if (mode !== 'MUTUAL') return {};
  if (credentialName !== '')
    return { tlsCertificateSdsSecretConfigs: [secretConfig(credentialSecret(credentialName))] };
  const certificate: TlsCertificateJson = {
    certificateChain: { filename: clientCertificate ?? '' },
    privateKey: { filename: privateKey ?? '' },
  };
  return { tlsCertificates: [certificate] };
}

function validationFields(
  { credentialName = '', caCertificates = '', caCrl = '' }: ClientTlsBlock,
  names: readonly string[],
): Pick<CommonTlsContextJson, 'validationContext' | 'combinedValidationContext'> {
  const matchers = sanMatchers(names);
  if (credentialName !== '') {
    return {
      combinedValidationContext: {
        defaultValidationContext: matchers,
        validationContextSdsSecretConfig: secretConfig(credentialRoots(credentialName)),
      },
    };
  }
  const isSystem = caCertificates === '' || caCertificates === SYSTEM_ROOTS.word;
  return {
    validationContext: {
      trustedCa: { filename: isSystem ? SYSTEM_ROOTS.path : caCertificates },
      ...(caCrl === '' ? {} : { crl: { filename: caCrl } }),
      ...matchers,
    },
  };
}
