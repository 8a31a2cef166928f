/** What decisions and logs read of a certificate; the values are computed on first use. */
export interface CertificateView {
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  readonly ipSans: readonly string[];
  /** RFC 2253, as `%DOWNSTREAM_PEER_SUBJECT%` prints it. */
  readonly subject: string;
  /** RFC 2253. */
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 and SHA-1 of the DER bytes, lower-case hexadecimal. */
  readonly sha256Fingerprint: string;
  readonly sha1Fingerprint: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** PEM, URL-encoded: the certificate alone, and with its chain. */
  readonly urlEncodedPem: string;
  readonly urlEncodedPemChain: string;
}

/** One TLS session, downstream or upstream. */
export interface TlsView {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  /** The suite's name in the standard's spelling (`TLS_AES_128_GCM_SHA256`) for 1.3, in OpenSSL's for 1.2. */
  readonly cipher: string;
  /** Hexadecimal; empty without one. */
  readonly sessionId: string;
  /** The peer's certificate; undefined when it presented none. */
  readonly peer: CertificateView | undefined;
  /** Whether the peer's certificate was verified against a trusted authority. */
  readonly isPeerValidated: boolean;
  readonly local: CertificateView | undefined;
}
