import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { CertificateView, TlsView } from '@weft/engine';
import { CertificateFacts } from './certificate-facts.ts';

/** A TLS session as policies and logs read it. */
export class SessionFacts implements TlsView {
  readonly version: string;
  readonly cipher: string;
  readonly peer: CertificateView | undefined;
  readonly isPeerValidated: boolean;
  readonly #socket: TLSSocket;
  #local: CertificateView | undefined | null = null;

  constructor(socket: TLSSocket, peer: X509Certificate | undefined, isPeerValidated: boolean) {
    this.#socket = socket;
    this.version = socket.getProtocol() ?? '';
    const cipher = socket.getCipher();
    this.cipher = this.version === 'TLSv1.3' ? cipher.standardName : cipher.name;
    this.peer = peer === undefined ? undefined : new CertificateFacts(peer);
    this.isPeerValidated = isPeerValidated;
  }

  get sessionId(): string {
    // A TLS 1.3 session has no id of its own; what OpenSSL makes up for it is of no use to anybody.
    return this.version === 'TLSv1.3' ? '' : (this.#socket.getSession()?.subarray(0, 32).toString('hex') ?? '');
  }

  get local(): CertificateView | undefined {
    if (this.#local === null) {
      const own = this.#socket.getX509Certificate();
      this.#local = own === undefined ? undefined : new CertificateFacts(own);
    }
    return this.#local;
  }
}
