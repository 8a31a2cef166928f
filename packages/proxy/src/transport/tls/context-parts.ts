/** Brings a compiled TLS context and the secrets it names together. */
import {
  type CertificateRuntime,
  mergeValidation,
  type SecretSource,
  type TlsContextRuntime,
  type TlsParametersRuntime,
  type ValidationRuntime,
} from '@weft/engine';
import { secretKeyOf } from '../../secrets/secret-key.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';
import type { PeerPolicy } from './judge-peer.ts';
import type { TlsKeyPair, TlsSettings } from './tls-settings.ts';
import { peerPolicyOf } from './validation-policy.ts';

/** What a context is made of once all its secrets are there. */
export interface ContextParts {
  readonly certificates: readonly CertificateRuntime[];
  readonly validation: ValidationRuntime | undefined;
}

/** The parts, or the name of the first secret that is not there. */
export type ResolvedContext = { readonly kind: 'ready'; readonly parts: ContextParts } | Missing;

interface Missing {
  readonly kind: 'missing';
  readonly secret: string;
}

type Resolved<T> = { readonly kind: 'ready'; readonly value: T } | Missing;

/** The keys of all secrets that a context needs. */
export function secretKeysOf({ certificates, validation }: TlsContextRuntime): readonly string[] {
  const sources: readonly SecretSource<unknown>[] = [
    ...certificates,
    ...(validation === undefined ? [] : [validation.kind === 'combined' ? validation.secret : validation]),
  ];
  return sources.map(secretKeyOf).filter((key) => key !== undefined);
}

/** Looks up what a context needs. */
export function resolveContext(runtime: TlsContextRuntime, store: SecretStore): ResolvedContext {
  const certificates: CertificateRuntime[] = [];
  for (const source of runtime.certificates) {
    const found = resolve(source, (key) => {
      const secret = store.get(key);
      return secret?.kind === 'certificate' ? secret.certificate : undefined;
    });
    if (found.kind === 'missing') return found;
    certificates.push(found.value);
  }
  const { validation: source } = runtime;
  if (source === undefined) return { kind: 'ready', parts: { certificates, validation: undefined } };
  const validationOf = (key: string): ValidationRuntime | undefined => {
    const secret = store.get(key);
    return secret?.kind === 'validation' ? secret.validation : undefined;
  };
  if (source.kind !== 'combined') {
    const found = resolve(source, validationOf);
    return found.kind === 'missing' ? found : { kind: 'ready', parts: { certificates, validation: found.value } };
  }
  const found = resolve<ValidationRuntime>(source.secret, validationOf);
  if (found.kind === 'missing') return found;
  return { kind: 'ready', parts: { certificates, validation: mergeValidation(source.base, found.value) } };
}

function resolve<T>(source: SecretSource<T>, find: (key: string) => T | undefined): Resolved<T> {
  if (source.kind === 'inline') return { kind: 'ready', value: source.value };
  const key = secretKeyOf(source);
  const value = key === undefined ? undefined : find(key);
  return value === undefined ? { kind: 'missing', secret: source.name } : { kind: 'ready', value };
}

/** The suites of TLS 1.3 cannot be chosen in Envoy either. */
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** Envoy's defaults for TLS 1.2. */
const DEFAULT_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/** What the transport takes; throws what OpenSSL says of authorities that cannot be read. */
export function settingsOf(
  parameters: TlsParametersRuntime,
  alpn: readonly string[],
  { certificates, validation }: ContextParts,
): TlsSettings & { readonly peers: PeerPolicy | undefined } {
  const { minVersion, maxVersion, ciphers, curves, signatureAlgorithms } = parameters;
  return {
    minVersion,
    maxVersion,
    ciphers: [...TLS13_SUITES, ...(ciphers ?? DEFAULT_CIPHERS)].join(':'),
    curves: curves?.join(':'),
    signatureAlgorithms: signatureAlgorithms?.join(':'),
    alpn,
    keyPairs: certificates.map(keyPairOf),
    peers: validation && peerPolicyOf(validation),
  };
}

function keyPairOf({ chain, privateKey, password }: CertificateRuntime): TlsKeyPair {
  return {
    certificateChain: Buffer.from(chain),
    privateKey: Buffer.from(privateKey),
    ...(password === undefined ? {} : { passphrase: Buffer.from(password).toString() }),
  };
}
