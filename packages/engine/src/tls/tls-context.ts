import type {
  CommonTlsContext,
  CommonTlsContext_CombinedCertificateValidationContext,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { later } from '../config/later.ts';
import { type CertificateRuntime, compileCertificate } from './certificate.ts';
import { compileSecretReference, type SecretSource } from './secret-source.ts';
import { compileTlsParameters, type TlsParametersRuntime } from './tls-parameters.ts';
import { compileValidation, type ValidationRuntime } from './validation.ts';

const NO_PROVIDERS = 'certificates come from files and SDS: use tls_certificate_sds_secret_configs';

/** What is supported of what both roles of TLS have in common. */
export const TLS_CONTEXT_SUPPORT = [
  supports<CommonTlsContext>('envoy.extensions.transport_sockets.tls.v3.CommonTlsContext', {
    tlsParams: true,
    tlsCertificates: true,
    tlsCertificateSdsSecretConfigs: true,
    tlsCertificateProviderInstance: NO_PROVIDERS,
    tlsCertificateCertificateProvider: NO_PROVIDERS,
    tlsCertificateCertificateProviderInstance: NO_PROVIDERS,
    validationContextType: {
      validationContext: true,
      validationContextSdsSecretConfig: true,
      combinedValidationContext: true,
      validationContextCertificateProvider: NO_PROVIDERS,
      validationContextCertificateProviderInstance: NO_PROVIDERS,
    },
    alpnProtocols: true,
    customHandshaker: 'handshakes are those of OpenSSL',
    keyLog: later('write the keys of TLS sessions to a file'),
    customTlsCertificateSelector: 'certificates are chosen by server name: leave it out',
  }),
  supports<CommonTlsContext_CombinedCertificateValidationContext>(
    'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext',
    {
      defaultValidationContext: true,
      validationContextSdsSecretConfig: true,
      validationContextCertificateProvider: NO_PROVIDERS,
      validationContextCertificateProviderInstance: NO_PROVIDERS,
    },
  ),
];

/** How peers are verified: in place, from a secret, or a secret on top of what is in place. */
export type ValidationSource =
  | SecretSource<ValidationRuntime>
  | {
      readonly kind: 'combined';
      readonly base: ValidationRuntime;
      readonly secret: SecretSource<never>;
    };

/** What both roles of TLS have in common. */
export interface TlsContextRuntime {
  readonly parameters: TlsParametersRuntime;
  readonly alpn: readonly string[];
  readonly certificates: readonly SecretSource<CertificateRuntime>[];
  /** Undefined where peers are not verified. */
  readonly validation: ValidationSource | undefined;
}

/** Compiles what both roles have in common; undefined when there was a problem. */
export function compileTlsContext(
  message: CommonTlsContext | undefined,
  path: string,
  context: ConfigContext,
): TlsContextRuntime | undefined {
  const before = context.problems.count;
  const parameters = compileTlsParameters(message?.tlsParams, `${path}.tls_params`, context);
  const inline = compileList(message?.tlsCertificates ?? [], `${path}.tls_certificates`, (certificate, at) => {
    const value = compileCertificate(certificate, at, context);
    return value && ({ kind: 'inline', value } as const);
  });
  const secrets = compileList(
    message?.tlsCertificateSdsSecretConfigs ?? [],
    `${path}.tls_certificate_sds_secret_configs`,
    (secret, at) => compileSecretReference(secret, 'certificate', at, context),
  );
  const validation = compileValidationSource(message, path, context);
  if (parameters === undefined || inline === undefined || secrets === undefined) return undefined;
  if (context.problems.count !== before) return undefined;
  const certificates = [...inline, ...secrets];
  return { parameters, alpn: message?.alpnProtocols ?? [], certificates, validation };
}

function compileValidationSource(
  message: CommonTlsContext | undefined,
  path: string,
  context: ConfigContext,
): ValidationSource | undefined {
  const given = message?.validationContextType;
  switch (given?.case) {
    case 'validationContext': {
      const value = compileValidation(given.value, `${path}.validation_context`, context);
      if (value !== undefined) checkTrust(value, `${path}.validation_context`, context);
      return value && { kind: 'inline', value };
    }
    case 'validationContextSdsSecretConfig':
      return compileSecretReference(given.value, 'validation', `${path}.validation_context_sds_secret_config`, context);
    case 'combinedValidationContext':
      return compileCombined(given.value, `${path}.combined_validation_context`, context);
    case 'validationContextCertificateProvider':
    case 'validationContextCertificateProviderInstance':
    case undefined:
      return undefined;
  }
}

/** As Envoy: names and dates say nothing in a certificate that anybody may have made. */
function checkTrust(validation: ValidationRuntime, path: string, context: ConfigContext): void {
  const { sans, trustedCa, trustDomains, allowsExpired } = validation;
  if (trustedCa !== undefined || trustDomains !== undefined) return;
  const names = 'SAN-based verification of peer certificates without trusted CA is insecure and not allowed';
  if (sans.length > 0) context.problems.add(path, names);
  if (allowsExpired) context.problems.add(path, 'certificate validity period is always ignored without trusted CA');
}

function compileCombined(
  message: CommonTlsContext_CombinedCertificateValidationContext,
  path: string,
  context: ConfigContext,
): ValidationSource | undefined {
  const { defaultValidationContext, validationContextSdsSecretConfig } = message;
  if (defaultValidationContext === undefined || validationContextSdsSecretConfig === undefined) {
    context.problems.add(path, 'needs default_validation_context and validation_context_sds_secret_config');
    return undefined;
  }
  const base = compileValidation(defaultValidationContext, `${path}.default_validation_context`, context);
  const secretPath = `${path}.validation_context_sds_secret_config`;
  const secret = compileSecretReference(validationContextSdsSecretConfig, 'validation', secretPath, context);
  return base === undefined || secret === undefined ? undefined : { kind: 'combined', base, secret };
}
