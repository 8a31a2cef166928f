/** A peer's or our own certificate as policies and logs read it; every value is computed when it is first asked for. */
import { createHash, type X509Certificate } from 'node:crypto';
import type { CertificateView, PeerFacts } from '@weft/engine';

interface Names {
  readonly uri: string[];
  readonly dns: string[];
  readonly ip: string[];
  readonly email: string[];
}

/** See the file's head. */
export class CertificateFacts implements CertificateView, PeerFacts {
  readonly #certificate: X509Certificate;
  #names: Names | undefined;

  constructor(certificate: X509Certificate) {
    this.#certificate = certificate;
  }

  get uriSans(): readonly string[] {
    return this.#subjectAltNames.uri;
  }

  get dnsSans(): readonly string[] {
    return this.#subjectAltNames.dns;
  }

  get ipSans(): readonly string[] {
    return this.#subjectAltNames.ip;
  }

  get emailSans(): readonly string[] {
    return this.#subjectAltNames.email;
  }

  get spkiHash(): string {
    const key = this.#certificate.publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('base64');
  }

  get subject(): string {
    return distinguishedName(this.#certificate.subject);
  }

  get issuer(): string {
    return distinguishedName(this.#certificate.issuer);
  }

  get serialNumber(): string {
    return this.#certificate.serialNumber.toLowerCase();
  }

  get sha256Fingerprint(): string {
    return hexOf(this.#certificate.fingerprint256);
  }

  get sha1Fingerprint(): string {
    return hexOf(this.#certificate.fingerprint);
  }

  get validFromMs(): number {
    return Date.parse(this.#certificate.validFrom);
  }

  get validToMs(): number {
    return Date.parse(this.#certificate.validTo);
  }

  get urlEncodedPem(): string {
    return encodeURIComponent(this.#certificate.toString());
  }

  get urlEncodedPemChain(): string {
    let pem = '';
    const seen = new Set<string>();
    for (let at: X509Certificate | undefined = this.#certificate; at !== undefined; at = at.issuerCertificate) {
      // A root is its own issuer.
      if (seen.has(at.fingerprint256)) break;
      seen.add(at.fingerprint256);
      pem += at.toString();
    }
    return encodeURIComponent(pem);
  }

  get #subjectAltNames(): Names {
    this.#names ??= parseSubjectAltName(this.#certificate.subjectAltName ?? '');
    return this.#names;
  }
}

/** OpenSSL separates fingerprints by colons. */
function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

/** Node's lines `C=…\nO=…` as RFC 2253 has them: the most specific first, separated by commas. An empty name is undefined there. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .reverse()
    .join(',');
}

/** `DNS:a, URI:"spiffe://…", IP Address:1.2.3.4`; what Node had to escape is quoted as JSON. */
function parseSubjectAltName(text: string): Names {
  const names: Names = { uri: [], dns: [], ip: [], email: [] };
  for (const [, kind, quoted, plain] of text.matchAll(
    /(?:^|, )(DNS|URI|IP Address|email):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g,
  )) {
    const value = quoted === undefined ? plain! : String(JSON.parse(quoted));
    if (kind === 'URI') names.uri.push(value);
    else if (kind === 'DNS') names.dns.push(value);
    else if (kind === 'email') names.email.push(value);
    else names.ip.push(value);
  }
  return names;
}
