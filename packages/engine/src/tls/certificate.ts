import type { TlsCertificate } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import { compileDataSource } from '../compile/data-source.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { later } from '../config/later.ts';

/** What is supported of certificates. */
export const CERTIFICATE_SUPPORT = [
  supports<TlsCertificate>('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', {
    certificateChain: true,
    privateKey: true,
    pkcs12: 'give certificate_chain and private_key as PEM',
    watchedDirectory: true,
    privateKeyProvider: 'keys are read by the proxy itself: give private_key',
    password: true,
    ocspStaple: later('staple OCSP responses'),
    signedCertificateTimestamp: 'Envoy has never implemented it: leave it out',
    tlsParams: 'use tls_params of the context',
  }),
];

/** A certificate with its key, as PEM; whether they fit shows when a TLS context is made of them. */
export interface CertificateRuntime {
  readonly chain: Uint8Array;
  readonly privateKey: Uint8Array;
  /** Undefined for a key that is not encrypted. */
  readonly password: Uint8Array | undefined;
  /** The directory whose moves cause the files to be read again; undefined for none. */
  readonly watchedDirectory: string | undefined;
}

/** Compiles a certificate; undefined when there was a problem. */
export function compileCertificate(
  message: TlsCertificate,
  path: string,
  context: ConfigContext,
): CertificateRuntime | undefined {
  const { certificateChain, privateKey: key, password: given, watchedDirectory } = message;
  if (certificateChain === undefined) return isMissing(path, 'certificate_chain', context);
  if (key === undefined) return isMissing(path, 'private_key', context);
  const chain = compileDataSource(certificateChain, `${path}.certificate_chain`, context);
  const privateKey = compileDataSource(key, `${path}.private_key`, context);
  const password = given && compileDataSource(given, `${path}.password`, context);
  if (chain === undefined || privateKey === undefined) return undefined;
  if (given !== undefined && password === undefined) return undefined;
  if (chain.length === 0 || privateKey.length === 0) {
    context.problems.add(path, 'certificate_chain and private_key must not be empty');
    return undefined;
  }
  return Object.freeze({ chain, privateKey, password, watchedDirectory: watchedDirectory?.path });
}
