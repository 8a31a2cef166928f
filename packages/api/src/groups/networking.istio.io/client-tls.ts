/** TLS of connections that the proxy opens. */
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

/** TLS settings of connections to a service. */
export const clientTls = object('TLS of connections to the service.', {
  mode: enumeration('Whether and how TLS is used.', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
  clientCertificate: string('File with the certificate of the client, for MUTUAL.'),
  privateKey: string('File with the key of the client, for MUTUAL.'),
  caCertificates: string('File with the authorities that may have signed the certificate of the server.'),
  credentialName: string('Secret that holds key, certificate and authorities, instead of files.'),
  subjectAltNames: list('Names one of which the certificate of the server must have.', string('A name.')),
  sni: string('Server name sent in the handshake.'),
  insecureSkipVerify: boolean('Accept any certificate of the server.', { nullable: true }),
  caCrl: string('File with certificates that were revoked.'),
});

/** TLS settings of connections to a service. */
export type ClientTls = Infer<typeof clientTls>;

/** Checks that mode and certificates go together. */
export function checkClientTls(tls: ClientTls, path: FieldPath, report: IssueReport): void {
  if (tls.mode === 'ISTIO_MUTUAL') checkNoFiles(tls, path, report);
  if (tls.mode !== 'SIMPLE' && tls.mode !== 'MUTUAL') return;
  if (tls.insecureSkipVerify === true) checkInsecure(tls, path, report);
  if (isSet(tls.credentialName)) {
    for (const field of ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const) {
      if (isSet(tls[field])) {
        report.invalid(
          path.child(field),
          tls[field],
          'cannot specify client certificates or CA certificate or CA CRL if credentialName is set',
        );
      }
    }
    return;
  }
  if (tls.mode === 'SIMPLE') return;
  if (!isSet(tls.clientCertificate)) {
    report.required(path.child('clientCertificate'), 'client certificate required for mutual tls');
  }
  if (!isSet(tls.privateKey)) report.required(path.child('privateKey'), 'private key required for mutual tls');
}

function checkInsecure(tls: ClientTls, path: FieldPath, report: IssueReport): void {
  const fields =
    tls.mode === 'SIMPLE'
      ? (['caCertificates', 'credentialName', 'subjectAltNames'] as const)
      : (['caCertificates', 'subjectAltNames'] as const);
  for (const field of fields) {
    const value = tls[field];
    if (value === undefined || value === '') continue;
    report.invalid(path.child(field), value, 'cannot be set when insecureSkipVerify is true');
  }
}

/** The mesh's own certificates are used in this mode; any other would be ignored. */
function checkNoFiles(tls: ClientTls, path: FieldPath, report: IssueReport): void {
  for (const field of ['clientCertificate', 'privateKey', 'caCertificates', 'credentialName', 'caCrl'] as const) {
    if (isSet(tls[field])) report.warn(`${path.child(field).toString()}: has no effect in mode ISTIO_MUTUAL`);
  }
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
