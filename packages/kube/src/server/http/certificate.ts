/** Reads who a client is from the certificate of its TLS connection. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../auth/types.ts';

/** What a certificate adds to the credentials of a request. */
export type CertificateCredentials = Pick<Credentials, 'certificate' | 'certificateProblem'>;

/** What a connection's certificate says; the same for every request of the connection. */
const known = new WeakMap<object, CertificateCredentials>();

const NONE: CertificateCredentials = Object.freeze({ certificate: undefined });

/** The verified identity in the client's certificate, or why the one that it showed counts for nothing. */
export function certificateOf(request: IncomingMessage): CertificateCredentials {
  const socket = request.socket as TLSSocket;
  if (socket.encrypted !== true) return NONE;
  let found = known.get(socket);
  if (found === undefined) {
    found = readCertificate(socket);
    known.set(socket, found);
  }
  return found;
}

function readCertificate(socket: TLSSocket): CertificateCredentials {
  const peer = socket.getPeerCertificate();
  // Node answers an empty object when there is none.
  if (peer?.raw === undefined) return NONE;
  // Typed as an error, but a code such as DEPTH_ZERO_SELF_SIGNED_CERT.
  if (!socket.authorized) return problem(`the certificate is not trusted: ${String(socket.authorizationError)}`);
  const subject = peer.subject as { CN?: string | string[]; O?: string | string[] };
  const commonName = listOf(subject.CN).at(-1);
  if (commonName === undefined || commonName === '') return problem('the certificate has no common name');
  const notAfterMs = Date.parse(peer.valid_to);
  return { certificate: { commonName, organizations: listOf(subject.O), notAfterMs } };
}

function problem(certificateProblem: string): CertificateCredentials {
  return { certificate: undefined, certificateProblem };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
