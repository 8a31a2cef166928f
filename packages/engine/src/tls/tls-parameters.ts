import type {
  TlsParameters,
  TlsParameters_TlsProtocol,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type { CompileContext } from '../compile/context.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';

const TOO_OLD = 'versions of TLS before 1.2 are broken: use TLSv1_2 or TLSv1_3';

/** What is supported of the parameters of TLS. */
export const TLS_PARAMETERS_SUPPORT: readonly Support[] = [
  supports<TlsParameters>('envoy.extensions.transport_sockets.tls.v3.TlsParameters', {
    tlsMinimumProtocolVersion: true,
    tlsMaximumProtocolVersion: true,
    cipherSuites: true,
    ecdhCurves: true,
    signatureAlgorithms: true,
    compliancePolicies: 'use tls_minimum_protocol_version, cipher_suites and ecdh_curves',
  }),
  supportsEnum<typeof TlsParameters_TlsProtocol>(
    'envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol',
    { TLS_AUTO: true, TLSv1_0: TOO_OLD, TLSv1_1: TOO_OLD, TLSv1_2: true, TLSv1_3: true },
  ),
];

/** A version of TLS, as OpenSSL names it. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Compiled parameters of TLS; undefined lists leave it to the defaults. */
export interface TlsParametersRuntime {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** For TLS 1.2, in order; groups of equal preference are in the order in which they are written. */
  readonly ciphers: readonly string[] | undefined;
  readonly curves: readonly string[] | undefined;
  readonly signatureAlgorithms: readonly string[] | undefined;
}

/** By the number of TlsProtocol; the versions that are refused cannot occur. */
const VERSIONS: readonly (TlsVersion | undefined)[] = [undefined, undefined, undefined, 'TLSv1.2', 'TLSv1.3'];

/** The suites of TLS 1.2 that Envoy and OpenSSL both know. */
const CIPHERS: ReadonlySet<string> = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
]);

const CURVES: ReadonlySet<string> = new Set(['X25519', 'P-256', 'P-384', 'P-521', 'X25519MLKEM768']);

const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'ed25519',
]);

/** Compiles parameters; undefined when there was a problem. */
export function compileTlsParameters(
  message: TlsParameters | undefined,
  path: string,
  context: CompileContext,
): TlsParametersRuntime | undefined {
  const before = context.problems.count;
  const minVersion = VERSIONS[message?.tlsMinimumProtocolVersion ?? 0] ?? 'TLSv1.2';
  const maxVersion = VERSIONS[message?.tlsMaximumProtocolVersion ?? 0] ?? 'TLSv1.3';
  if (minVersion > maxVersion) {
    context.problems.add(path, `tls_minimum_protocol_version ${minVersion} is later than the maximum, ${maxVersion}`);
  }
  const names = (message?.cipherSuites ?? []).flatMap(splitGroup);
  const ciphers = known(names, CIPHERS, 'cipher suite of TLS 1.2', `${path}.cipher_suites`, context);
  const curves = known(message?.ecdhCurves ?? [], CURVES, 'curve', `${path}.ecdh_curves`, context);
  const algorithmPath = `${path}.signature_algorithms`;
  const given = message?.signatureAlgorithms ?? [];
  const signatureAlgorithms = known(given, SIGNATURE_ALGORITHMS, 'signature algorithm', algorithmPath, context);
  if (context.problems.count !== before) return undefined;
  return Object.freeze({ minVersion, maxVersion, ciphers, curves, signatureAlgorithms });
}

/** `[A|B]` is a group of equal preference, which OpenSSL does not have. */
function splitGroup(entry: string): readonly string[] {
  return entry.startsWith('[') && entry.endsWith(']') ? entry.slice(1, -1).split('|') : [entry];
}

function known(
  names: readonly string[],
  all: ReadonlySet<string>,
  what: string,
  path: string,
  context: CompileContext,
): readonly string[] | undefined {
  for (const name of names) {
    if (!all.has(name))
      context.problems.add(path, `${JSON.stringify(name)} is no ${what}; known: ${[...all].join(', ')}`);
  }
  return names.length === 0 ? undefined : names;
}
