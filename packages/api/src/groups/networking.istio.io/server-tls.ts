/** TLS of connections that the proxy accepts. */
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  object,
  string,
} from '../../schema/index.ts';

const PROTOCOL_VERSIONS = ['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'] as const;
/** One certificate for each kind of key. */
const MAX_CERTIFICATES = 2;

const tlsCertificate = object('A certificate with its key.', {
  serverCertificate: string('File with the certificate.'),
  privateKey: string('File with the key.'),
  caCertificates: string('File with the authorities of clients; not used here.'),
});

/** TLS settings of a server. */
export const serverTls = object('TLS of connections to the server.', {
  httpsRedirect: boolean('Answer HTTP requests with a redirect to https.'),
  mode: enumeration('Whether and how TLS ends here; PASSTHROUGH when absent.', [
    'PASSTHROUGH',
    'SIMPLE',
    'MUTUAL',
    'AUTO_PASSTHROUGH',
    'ISTIO_MUTUAL',
    'OPTIONAL_MUTUAL',
  ]),
  serverCertificate: string('File with the certificate of the server.'),
  privateKey: string('File with the key of the server.'),
  caCertificates: string('File with the authorities that may have signed certificates of clients.'),
  caCrl: string('File with certificates of clients that were revoked.'),
  tlsCertificates: list('Several certificates with their keys, one for each kind of key.', tlsCertificate, {
    minItems: 1,
    maxItems: MAX_CERTIFICATES,
  }),
  credentialName: string('Secret that holds key and certificate, and the authorities of clients.'),
  credentialNames: list(
    'Secrets that hold one key and certificate each, one for each kind of key.',
    string('A Secret.'),
    {
      minItems: 1,
      maxItems: MAX_CERTIFICATES,
    },
  ),
  caCertCredentialName: string('Secret or ConfigMap that holds the authorities of clients.'),
  subjectAltNames: list('Names one of which the certificate of a client must have.', string('A name.')),
  verifyCertificateSpki: list('Hashes of keys one of which a client must have.', string('A SHA-256 hash in base64.')),
  verifyCertificateHash: list(
    'Hashes of certificates one of which a client must have.',
    string('A SHA-256 hash in hex.'),
  ),
  minProtocolVersion: enumeration('Oldest version of TLS.', PROTOCOL_VERSIONS),
  maxProtocolVersion: enumeration('Newest version of TLS.', PROTOCOL_VERSIONS),
  cipherSuites: list('Ciphers that may be used up to TLS 1.2.', string('Name of a cipher suite.')),
});

/** TLS settings of a server. */
export type ServerTls = Infer<typeof serverTls>;

const CIPHER_SUITES: ReadonlySet<string> = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
]);

const CREDENTIAL_FIELDS = [
  ['serverCertificate', 'server certificate'],
  ['privateKey', 'private key'],
  ['caCertificates', 'CA bundle'],
  ['tlsCertificates', 'tlsCertificates'],
  ['credentialName', 'credentialName'],
  ['credentialNames', 'credentialNames'],
] as const;

/** Checks that mode, certificates and versions go together. */
export function checkServerTls(tls: ServerTls, path: FieldPath, report: IssueReport): void {
  checkVersions(tls, path, report);
  checkCipherSuites(tls.cipherSuites ?? [], path.child('cipherSuites'), report);
  const mode = tls.mode ?? 'PASSTHROUGH';
  if (mode === 'ISTIO_MUTUAL') {
    for (const [field, words] of CREDENTIAL_FIELDS) {
      if (isSet(tls[field])) {
        report.invalid(path.child(field), tls[field], `ISTIO_MUTUAL TLS cannot have associated ${words}`);
      }
    }
    return;
  }
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') {
    const field = CREDENTIAL_FIELDS.find(([name]) => isSet(tls[name]))?.[0] ?? (isSet(tls.caCrl) ? 'caCrl' : undefined);
    if (field !== undefined) {
      report.warn(`${path.child(field).toString()}: ${mode} mode does not use certificates, they will be ignored`);
    }
  }
  checkOneSource(tls, path, report);
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') return;
  checkCertificates(tls, mode, path, report);
}

function checkOneSource(tls: ServerTls, path: FieldPath, report: IssueReport): void {
  let sources = 0;
  if (isSet(tls.serverCertificate) && isSet(tls.privateKey)) sources++;
  for (const field of ['credentialName', 'credentialNames', 'tlsCertificates'] as const)
    if (isSet(tls[field])) sources++;
  if (sources <= 1) return;
  report.invalid(
    path,
    '',
    'only one of credentialName, credentialNames, serverCertificate/privateKey, tlsCertificates should be specified',
  );
}

function checkCertificates(
  tls: ServerTls,
  mode: 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL',
  path: FieldPath,
  report: IssueReport,
): void {
  if (isSet(tls.caCrl)) {
    if (isSet(tls.credentialName)) {
      report.invalid(
        path.child('caCrl'),
        tls.caCrl,
        'CRL is not supported with credentialName. CRL has to be specified in the credential',
      );
    }
    if (mode === 'SIMPLE') report.invalid(path.child('caCrl'), tls.caCrl, 'CRL is not supported with SIMPLE TLS');
  }
  // Secrets are fetched when they are needed; whether they are complete is not known here.
  if (isSet(tls.credentialName) || isSet(tls.credentialNames)) return;
  const words = mode === 'SIMPLE' ? 'SIMPLE TLS' : 'MUTUAL TLS';
  if (mode !== 'SIMPLE' && !isSet(tls.caCertificates) && !isSet(tls.caCertCredentialName)) {
    report.required(path.child('caCertificates'), `${words} requires a client CA bundle`);
  }
  const certificates = tls.tlsCertificates;
  if (certificates === undefined) {
    checkPair(tls, words, path, report);
    return;
  }
  for (let i = 0; i < certificates.length; i++) {
    checkPair(certificates[i]!, words, path.child('tlsCertificates').index(i), report);
  }
}

function checkPair(
  pair: { readonly serverCertificate?: string; readonly privateKey?: string },
  words: string,
  path: FieldPath,
  report: IssueReport,
): void {
  if (!isSet(pair.serverCertificate)) {
    report.required(path.child('serverCertificate'), `${words} requires a server certificate`);
  }
  if (!isSet(pair.privateKey)) report.required(path.child('privateKey'), `${words} requires a private key`);
}

function checkVersions(tls: ServerTls, path: FieldPath, report: IssueReport): void {
  const lowest = PROTOCOL_VERSIONS.indexOf(tls.minProtocolVersion ?? 'TLS_AUTO');
  const highest = PROTOCOL_VERSIONS.indexOf(tls.maxProtocolVersion ?? 'TLS_AUTO');
  if (lowest > 0 && highest > 0 && highest < lowest) {
    report.invalid(path.child('maxProtocolVersion'), tls.maxProtocolVersion, 'must not be below minProtocolVersion');
  }
  if ((lowest === 1 || lowest === 2) && (tls.cipherSuites ?? []).length === 0) {
    report.warn(
      `${path.child('minProtocolVersion').toString()}: TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer include compatible ciphers`,
    );
  }
}

function checkCipherSuites(suites: readonly string[], path: FieldPath, report: IssueReport): void {
  const seen = new Set<string>();
  for (let i = 0; i < suites.length; i++) {
    const suite = suites[i]!;
    if (!CIPHER_SUITES.has(suite)) report.warn(`${path.index(i).toString()}: ignoring invalid cipher suite ${suite}`);
    else if (seen.has(suite)) report.warn(`${path.index(i).toString()}: ignoring duplicate cipher suite ${suite}`);
    seen.add(suite);
  }
}

function isSet(value: string | readonly unknown[] | undefined): boolean {
  return value !== undefined && value.length > 0;
}
