/** TLS that users configure for the servers of gateways and of Sidecars. */
import type { TransportSocketJson } from '@weft/proto/envoy/config/core/v3/base';
import type {
  CertificateValidationContextJson,
  TlsParametersJson,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type { CommonTlsContextJson } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import type { Finding, MeshSettings, RuleRef, ServerTlsSpec } from '../../../mesh/model/index.ts';
import { sanMatchers } from '../../cluster/san-matchers.ts';
import { findingAt } from '../../finding-at.ts';
import { defined, filled } from '../../json/defined.ts';
import { credentialRoots, credentialSecret, secretConfig } from '../../json/secret-config.ts';
import { typed } from '../../json/typed-config.ts';
import { HTTP_ALPN, meshTlsContext, TLS_SOCKET_NAME } from './mesh-tls.ts';

type Version = NonNullable<TlsParametersJson['tlsMinimumProtocolVersion']>;

const VERSIONS: Readonly<Record<string, Version>> = {
  TLSV1_0: 'TLSv1_0',
  TLSV1_1: 'TLSv1_1',
  TLSV1_2: 'TLSv1_2',
  TLSV1_3: 'TLSv1_3',
};
/** Neither Envoy by default nor our proxy at all speaks older ones; asking for them would get the whole listener refused. */
const TOO_OLD: ReadonlySet<string> = new Set(['TLSV1_0', 'TLSV1_1']);

/** The settings, and where they are written. */
export interface ServerTlsInput {
  readonly tls: ServerTlsSpec;
  /** The part of the object that holds `tls`. */
  readonly source: RuleRef;
  readonly settings: MeshSettings;
}

/** Ends TLS as the user says. The mode is none of those that pass TLS through. */
export function serverTls({ tls, source, settings }: ServerTlsInput, findings: Finding[]): TransportSocketJson {
  const { mode } = tls;
  const requiresClient = mode === 'MUTUAL' || mode === 'ISTIO_MUTUAL';
  const verifiesClient = requiresClient || mode === 'OPTIONAL_MUTUAL';
  const commonTlsContext =
    mode === 'ISTIO_MUTUAL'
      ? meshTlsContext(sanMatchers(tls.subjectAltNames ?? []))
      : defined<CommonTlsContextJson>({
          tlsParams: tlsParameters({ tls, source, settings }, findings),
          alpnProtocols: [...HTTP_ALPN],
          ...certificates(tls),
          ...(verifiesClient ? clientValidation(tls) : {}),
        });
  return {
    name: TLS_SOCKET_NAME,
    typedConfig: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      commonTlsContext,
      requireClientCertificate: requiresClient,
    }),
  };
}

function certificates(tls: ServerTlsSpec): CommonTlsContextJson {
  const names = credentialsOf(tls);
  if (names.length > 0) {
    return { tlsCertificateSdsSecretConfigs: names.map((name) => secretConfig(credentialSecret(name))) };
  }
  const { tlsCertificates = [], serverCertificate = '', privateKey = '' } = tls;
  const files = tlsCertificates.length === 0 ? [{ serverCertificate, privateKey }] : tlsCertificates;
  return {
    tlsCertificates: files.map(({ serverCertificate: certificate = '', privateKey: key = '' }) => ({
      certificateChain: { filename: certificate },
      privateKey: { filename: key },
    })),
  };
}

function credentialsOf({ credentialName = '', credentialNames = [] }: ServerTlsSpec): readonly string[] {
  return credentialName === '' ? credentialNames : [credentialName];
}

/** Authorities come from the Secret of the certificate, from one of their own, or from a file. */
function clientValidation(tls: ServerTlsSpec): CommonTlsContextJson {
  const conditions = defined<CertificateValidationContextJson>({
    ...sanMatchers(tls.subjectAltNames ?? []),
    verifyCertificateSpki: filled([...(tls.verifyCertificateSpki ?? [])]),
    verifyCertificateHash: filled([...(tls.verifyCertificateHash ?? [])]),
  });
  const [credential] = credentialsOf(tls);
  const { caCertCredentialName: roots = '', caCertificates = '', caCrl = '' } = tls;
  if (roots === '' && credential === undefined) {
    const crl = caCrl === '' ? undefined : { filename: caCrl };
    return { validationContext: defined({ trustedCa: { filename: caCertificates }, crl, ...conditions }) };
  }
  const secret = secretConfig(roots === '' ? credentialRoots(credential!) : credentialSecret(roots));
  if (Object.keys(conditions).length === 0) return { validationContextSdsSecretConfig: secret };
  return {
    combinedValidationContext: { defaultValidationContext: conditions, validationContextSdsSecretConfig: secret },
  };
}

function tlsParameters({ tls, source, settings }: ServerTlsInput, findings: Finding[]): TlsParametersJson | undefined {
  const defaults = settings.config.tlsDefaults ?? {};
  const { minProtocolVersion: min = 'TLS_AUTO', maxProtocolVersion: max = 'TLS_AUTO' } = tls;
  for (const [field, version] of Object.entries({ minProtocolVersion: min, maxProtocolVersion: max })) {
    if (TOO_OLD.has(version)) findings.push(tooOld(source, field, version));
  }
  const lowest = min === 'TLS_AUTO' ? (defaults.minProtocolVersion ?? 'TLS_AUTO') : min;
  const cipherSuites = tls.cipherSuites ?? [];
  const parameters = defined<TlsParametersJson>({
    tlsMinimumProtocolVersion: TOO_OLD.has(lowest) ? undefined : VERSIONS[lowest],
    tlsMaximumProtocolVersion: TOO_OLD.has(max) ? 'TLSv1_2' : VERSIONS[max],
    cipherSuites: filled([...(cipherSuites.length === 0 ? (defaults.cipherSuites ?? []) : cipherSuites)]),
    ecdhCurves: filled([...(defaults.ecdhCurves ?? [])]),
  });
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function tooOld(source: RuleRef, field: string, version: string): Finding {
  const message = `TLS older than 1.2 is not spoken: ${version} counts as TLSV1_2; set ${field} to TLSV1_2 or TLSV1_3`;
  return findingAt('UnsupportedField', source, `tls.${field}`, message);
}
