/** `x-forwarded-client-cert`: what the next server is told of the client's certificate. */
import type { CertificateView, ClientCertDetails, HttpManagerRuntime, TlsView } from '@weft/engine';
import type { RequestHead } from '../../head.ts';
import { KnownHeader } from '../../known-headers.ts';

const XFCC = KnownHeader['x-forwarded-client-cert'];

/** Removes, keeps, extends or writes the header, as configured. */
export function forwardClientCertificate(
  head: RequestHead,
  { forwardClientCert, clientCertDetails }: Pick<HttpManagerRuntime, 'forwardClientCert' | 'clientCertDetails'>,
  tls: TlsView | undefined,
): void {
  if (forwardClientCert === 'alwaysForwardOnly') return;
  const peer = tls?.peer;
  // Whoever shows no certificate has nothing to tell about others' either.
  if (forwardClientCert === 'sanitize' || tls === undefined || peer === undefined) {
    head.removeKnown(XFCC);
    return;
  }
  if (forwardClientCert === 'forwardOnly') return;
  const element = describeCertificate(peer, tls.local, clientCertDetails);
  const before = forwardClientCert === 'appendForward' ? head.getKnown(XFCC) : undefined;
  head.setKnown(XFCC, before === undefined || before === '' ? element : `${before},${element}`);
}

/** One element of the header; parts that are asked for by name are there though they be empty. */
function describeCertificate(peer: CertificateView, local: CertificateView | undefined, asked: ClientCertDetails) {
  const parts: string[] = [];
  for (const uri of local?.uriSans ?? []) parts.push(`By=${uri}`);
  parts.push(`Hash=${peer.sha256Fingerprint}`);
  if (asked.cert) parts.push(`Cert="${peer.urlEncodedPem}"`);
  if (asked.chain) parts.push(`Chain="${peer.urlEncodedPemChain}"`);
  if (asked.subject) parts.push(`Subject="${peer.subject}"`);
  if (asked.uri) {
    if (peer.uriSans.length === 0) parts.push('URI=');
    for (const uri of peer.uriSans) parts.push(`URI=${uri}`);
  }
  if (asked.dns) for (const name of peer.dnsSans) parts.push(`DNS=${name}`);
  return parts.join(';');
}
