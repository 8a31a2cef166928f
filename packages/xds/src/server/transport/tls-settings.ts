import type { SecureContextOptions } from 'node:tls';

/** Keys and certificates of a server; `GrpcServer.setTls` takes newer ones at any time. */
export interface GrpcTls {
  /** PEM: the server's certificate and what leads to its root. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** PEM of the roots that client certificates have to lead to; none are trusted without. */
  readonly clientRootsPem: string | undefined;
}

/** Whether clients have to show a certificate. What they show has to be valid in any case. */
export type ClientCertificates = 'none' | 'optional' | 'required';

/** As node:tls takes them. */
export function secureContextOf({ certificatePem, keyPem, clientRootsPem }: GrpcTls): SecureContextOptions {
  // An empty list trusts nobody; leaving it out would trust the public authorities.
  return { cert: certificatePem, key: keyPem, ca: clientRootsPem ?? [], minVersion: 'TLSv1.2' };
}
