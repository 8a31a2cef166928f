import type {
  CertificateValidationContext,
  SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type {
  SPIFFECertValidatorConfig,
  SPIFFECertValidatorConfig_TrustDomain,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config';
import type { StringMatcher as StringMessage } from '@weft/proto/envoy/type/matcher/v3/string';
import { compileDataSource } from '../compile/data-source.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import type { StringMatcher } from '../match/string-matcher.ts';

/** What is supported of validation contexts. */
export const VALIDATION_SUPPORT: readonly Support[] = [
  supports<CertificateValidationContext>('envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext', {
    trustedCa: true,
    caCertificateProviderInstance: 'certificates come from files and SDS: give trusted_ca',
    systemRootCerts: 'give the file of the system as trusted_ca',
    watchedDirectory: true,
    verifyCertificateSpki: true,
    verifyCertificateHash: true,
    matchTypedSubjectAltNames: true,
    matchSubjectAltNames: true,
    requireSignedCertificateTimestamp: 'Envoy has never implemented it: leave it out',
    crl: true,
    allowExpiredCertificate: true,
    trustChainVerification: true,
    customValidatorConfig: true,
    onlyVerifyLeafCertCrl:
      'OpenSSL is told by Node.js to check the lists of the whole chain: give a list of each authority',
    maxVerifyDepth: 'Node.js does not bound the length of chains',
    suppressClientCaList: 'clients are told the authorities: leave it out',
  }),
  supports<SubjectAltNameMatcher>('envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher', {
    sanType: true,
    matcher: true,
    oid: 'names of other types are not read from certificates',
  }),
  supportsEnum<typeof SubjectAltNameMatcher_SanType>(
    'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType',
    {
      SAN_TYPE_UNSPECIFIED: 'say which type of name',
      EMAIL: true,
      DNS: true,
      URI: true,
      IP_ADDRESS: true,
      OTHER_NAME: 'names of other types are not read from certificates',
    },
  ),
  supports<SPIFFECertValidatorConfig>('envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig', {
    trustDomains: true,
    trustBundles: 'use trust_domains',
  }),
  supports<SPIFFECertValidatorConfig_TrustDomain>(
    'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain',
    { name: true, trustBundle: true, workloadTrustDomain: 'use name' },
  ),
];

/** A type of subject alternative names. */
export type SanType = 'email' | 'dns' | 'uri' | 'ip';

/** A condition on the names of a certificate. */
export interface SanMatcherRuntime {
  /** Undefined for names of any type. */
  readonly type: SanType | undefined;
  readonly matcher: StringMatcher;
  /** The name, where the condition is that one: wildcards of certificates hold for it too. Undefined otherwise. */
  readonly exact: string | undefined;
}

/** How the certificates of peers are verified. */
export interface ValidationRuntime {
  /** PEM; undefined where chains are not verified. */
  readonly trustedCa: Uint8Array | undefined;
  /** PEM. */
  readonly crl: Uint8Array | undefined;
  /** SHA-256 of certificates, lower-case hexadecimal; one of these or of `spkiHashes`, if there are any. */
  readonly certificateHashes: readonly string[];
  /** SHA-256 of public keys, base64. */
  readonly spkiHashes: readonly string[];
  /** One of these, if there are any. */
  readonly sans: readonly SanMatcherRuntime[];
  readonly allowsExpired: boolean;
  /** Whether peers whose chain does not verify are let in all the same. */
  readonly acceptsUntrusted: boolean;
  /** Trust domain -> its authorities, PEM: each domain is verified against its own. Undefined for `trustedCa`. */
  readonly trustDomains: ReadonlyMap<string, Uint8Array> | undefined;
  /** The directory whose moves cause the files to be read again; undefined for none. */
  readonly watchedDirectory: string | undefined;
}

/** All validators of certificates. */
export const CERT_VALIDATORS: ExtensionCategory<ReadonlyMap<string, Uint8Array>> = {
  name: 'envoy.tls.cert_validator',
  what: 'certificate validator',
  supported: [
    {
      name: 'envoy.tls.cert_validator.spiffe',
      typeName: 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig',
      compile: (message, path, context) => compileSpiffe(message as SPIFFECertValidatorConfig, path, context),
    },
  ],
  refused: {},
};

/** Compiles how peers are verified; undefined when there was a problem. */
export function compileValidation(
  message: CertificateValidationContext,
  path: string,
  context: ConfigContext,
): ValidationRuntime | undefined {
  const before = context.problems.count;
  const trustedCa = message.trustedCa && compileDataSource(message.trustedCa, `${path}.trusted_ca`, context);
  const crl = message.crl && compileDataSource(message.crl, `${path}.crl`, context);
  const sans = compileSans(message, path, context);
  const validator = message.customValidatorConfig;
  const trustDomains =
    validator &&
    compileExtension(
      CERT_VALIDATORS,
      { name: validator.name, typedConfig: validator.typedConfig },
      `${path}.custom_validator_config`,
      context,
    )?.config;
  if (crl !== undefined && trustedCa === undefined) {
    context.problems.add(`${path}.crl`, 'a list of revoked certificates needs the trusted_ca that it belongs to');
  }
  if (sans === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    trustedCa,
    crl,
    certificateHashes: message.verifyCertificateHash.map((hash, i) =>
      hexOf(hash, `${path}.verify_certificate_hash[${i}]`, context),
    ),
    spkiHashes: message.verifyCertificateSpki,
    sans,
    allowsExpired: message.allowExpiredCertificate,
    acceptsUntrusted: message.trustChainVerification === 1,
    trustDomains,
    watchedDirectory: message.watchedDirectory?.path,
  });
}

function hexOf(hash: string, path: string, context: ConfigContext): string {
  const hex = hash.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) context.problems.add(path, `${JSON.stringify(hash)} is no SHA-256 in hexadecimal`);
  return hex;
}

/** By the number of SanType. */
const SAN_TYPES: readonly (SanType | undefined)[] = [undefined, 'email', 'dns', 'uri', 'ip'];

function compileSans(
  message: CertificateValidationContext,
  path: string,
  context: ConfigContext,
): readonly SanMatcherRuntime[] | undefined {
  const typed = compileList(message.matchTypedSubjectAltNames, `${path}.match_typed_subject_alt_names`, (san, at) =>
    san.matcher === undefined
      ? isMissing(at, 'matcher', context)
      : compileSan(SAN_TYPES[san.sanType], san.matcher, `${at}.matcher`, context),
  );
  // The deprecated form, which Envoy only looks at when the other is empty.
  const untyped = compileList(message.matchSubjectAltNames, `${path}.match_subject_alt_names`, (matcher, at) =>
    compileSan(undefined, matcher, at, context),
  );
  return typed?.length === 0 ? untyped : typed;
}

function compileSan(
  type: SanType | undefined,
  message: StringMessage,
  path: string,
  context: ConfigContext,
): SanMatcherRuntime | undefined {
  const matcher = compileStringMessage(message, path, context);
  const exact = message.matchPattern.case === 'exact' ? message.matchPattern.value : undefined;
  return matcher && Object.freeze({ type, matcher, exact });
}

function compileSpiffe(
  message: SPIFFECertValidatorConfig,
  path: string,
  context: ConfigContext,
): ReadonlyMap<string, Uint8Array> | undefined {
  const before = context.problems.count;
  const domains = new Map<string, Uint8Array>();
  message.trustDomains.forEach(({ name, trustBundle }, i) => {
    const at = `${path}.trust_domains[${i}]`;
    if (domains.has(name)) context.problems.add(`${at}.name`, `trust domain ${JSON.stringify(name)} is there twice`);
    if (trustBundle === undefined) isMissing(at, 'trust_bundle', context);
    const bundle = trustBundle && compileDataSource(trustBundle, `${at}.trust_bundle`, context);
    if (bundle !== undefined) domains.set(name, bundle);
  });
  return context.problems.count === before ? domains : undefined;
}

/**
 * The context that comes of a default one and the one of a secret, merged as messages are: what the secret sets wins, and lists are joined.
 */
export function mergeValidation(base: ValidationRuntime, secret: ValidationRuntime): ValidationRuntime {
  return Object.freeze({
    trustedCa: secret.trustedCa ?? base.trustedCa,
    crl: secret.crl ?? base.crl,
    certificateHashes: [...base.certificateHashes, ...secret.certificateHashes],
    spkiHashes: [...base.spkiHashes, ...secret.spkiHashes],
    sans: [...base.sans, ...secret.sans],
    allowsExpired: base.allowsExpired || secret.allowsExpired,
    acceptsUntrusted: base.acceptsUntrusted || secret.acceptsUntrusted,
    trustDomains: secret.trustDomains ?? base.trustDomains,
    watchedDirectory: secret.watchedDirectory ?? base.watchedDirectory,
  });
}
