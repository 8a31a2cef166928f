import { X509Certificate } from 'node:crypto';
import type { SecretRuntime, SecretSource, TlsContextRuntime, ValidationSource } from '@weft/engine';
import { secretKeyOf } from '../../secrets/secret-key.ts';
import { clusterTlsContexts, listenerTlsContexts } from '../../transport/tls/contexts-of.ts';
import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';
import type { AdminSubject } from '../admin-subject.ts';

/** The certificates in use and those that peers are verified with, for each TLS context. */
export const CERTS: AdminEndpoint = {
  path: '/certs',
  description: 'print certs on machine',
  isMutating: false,
  params: [],
  handle: (_, subject) => {
    const certificates = contextsOf(subject).map((context) => {
      const authorities = authoritiesOf(context.validation, subject);
      const chains = context.certificates.flatMap((source) => {
        const found = readSource(source, subject, (secret) =>
          secret.kind === 'certificate' ? secret.certificate : undefined,
        );
        return found === undefined ? [] : [found.chain];
      });
      return {
        ca_cert: authorities.map((pem) => detailsOf(pem, subject)),
        cert_chain: chains.map((pem) => detailsOf(pem, subject)),
      };
    });
    return jsonAnswer({ certificates });
  },
};

function contextsOf({ listeners, clusterRuntimes }: AdminSubject): readonly TlsContextRuntime[] {
  return [
    ...listeners.flatMap(({ runtime }) => listenerTlsContexts(runtime)),
    ...[...clusterRuntimes].flatMap(clusterTlsContexts),
  ];
}

function readSource<T>(
  source: SecretSource<T>,
  { secrets }: AdminSubject,
  read: (secret: SecretRuntime) => T | undefined,
): T | undefined {
  if (source.kind === 'inline') return source.value;
  const key = secretKeyOf(source);
  const secret = key === undefined ? undefined : secrets.get(key);
  return secret && read(secret);
}

function authoritiesOf(source: ValidationSource | undefined, subject: AdminSubject): readonly Uint8Array[] {
  if (source === undefined) return [];
  const validation =
    source.kind === 'combined'
      ? source.base
      : readSource(source, subject, (secret) => (secret.kind === 'validation' ? secret.validation : undefined));
  return validation?.trustedCa === undefined ? [] : [validation.trustedCa];
}

const DAY_MS = 24 * 3600 * 1000;

/** envoy.admin.v3.CertificateDetails; where a certificate was read from is not kept. */
function detailsOf(pem: Uint8Array, { clock }: AdminSubject): unknown {
  const certificate = new X509Certificate(pem);
  const until = certificate.validToDate.getTime();
  return {
    path: '<inline>',
    serial_number: certificate.serialNumber.toLowerCase(),
    subject_alt_names: namesOf(certificate.subjectAltName ?? ''),
    days_until_expiration: String(Math.max(0, Math.floor((until - clock.now()) / DAY_MS))),
    valid_from: certificate.validFromDate.toISOString().replace('.000Z', 'Z'),
    expiration_time: certificate.validToDate.toISOString().replace('.000Z', 'Z'),
  };
}

const NAME_FIELDS: Readonly<Record<string, string>> = { DNS: 'dns', URI: 'uri', 'IP Address': 'ip_address' };

function namesOf(text: string): readonly unknown[] {
  return text.split(', ').flatMap((part) => {
    const colon = part.indexOf(':');
    const field = NAME_FIELDS[part.slice(0, Math.max(colon, 0))];
    return field === undefined ? [] : [{ [field]: part.slice(colon + 1) }];
  });
}
