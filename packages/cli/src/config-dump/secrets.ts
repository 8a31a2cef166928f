/** Secrets as rows of a table: what is known of their certificates. Keys are never in a dump. */
import { X509Certificate } from 'node:crypto';
import type { Column } from '../framework/result.ts';
import { type JsonObject, objectAt, textAt } from './json-reader.ts';
import type { DumpedResource } from './read-dump.ts';

/** One certificate of a secret, or the secret as a whole where it has none that can be read. */
export interface SecretRow {
  readonly name: string;
  readonly type: string;
  readonly status: string;
  /** Whether now is within its time; undefined where that is not known. */
  readonly isValid: boolean | undefined;
  readonly serial: string;
  readonly notAfter: string;
  readonly notBefore: string;
  /** The URIs or names that it is for. */
  readonly names: readonly string[];
}

/** The columns of Istio, and what else is known. */
export const SECRET_COLUMNS: readonly Column<SecretRow>[] = [
  { header: 'RESOURCE NAME', value: ({ name }) => name },
  { header: 'TYPE', value: ({ type }) => type },
  { header: 'STATUS', value: ({ status }) => status },
  { header: 'VALID CERT', value: ({ isValid }) => (isValid === undefined ? '-' : String(isValid)) },
  { header: 'SERIAL NUMBER', value: ({ serial }) => serial || '-' },
  { header: 'NOT AFTER', value: ({ notAfter }) => notAfter || '-' },
  { header: 'NOT BEFORE', value: ({ notBefore }) => notBefore || '-' },
  { header: 'NAMES', value: ({ names }) => names.join(', ') || '-', isWide: true },
];

/** The secrets of a name, or all of them, by name. */
export function selectSecrets(secrets: readonly DumpedResource[], name?: string): readonly DumpedResource[] {
  return secrets
    .filter((secret) => name === undefined || secret.name === name)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The rows of a secret: one for each authority, one for the first certificate of a chain. */
export function secretRows({ name, state, body }: DumpedResource, nowMs: number): readonly SecretRow[] {
  const type = TYPES.find(({ field }) => objectAt(body, field) !== undefined);
  const row = { ...UNREAD, name, type: type?.title ?? '-', status: state === 'warming' ? 'WARMING' : 'ACTIVE' };
  const source = type?.certificates(body);
  const pems = certificatesIn(source).slice(0, type?.most ?? 0);
  if (pems.length > 0) return pems.map((pem) => ({ ...row, ...detailsOf(pem, nowMs) }));
  const file = textAt(source, 'filename');
  return [file === '' ? row : { ...row, serial: `in ${file}` }];
}

interface SecretType {
  readonly field: string;
  readonly title: string;
  readonly certificates: (body: JsonObject) => JsonObject | undefined;
  readonly most: number;
}

const TYPES: readonly SecretType[] = [
  {
    field: 'tls_certificate',
    title: 'Cert Chain',
    certificates: (body) => objectAt(body, 'tls_certificate', 'certificate_chain'),
    most: 1,
  },
  {
    field: 'validation_context',
    title: 'CA',
    certificates: (body) => objectAt(body, 'validation_context', 'trusted_ca'),
    most: Number.POSITIVE_INFINITY,
  },
  { field: 'session_ticket_keys', title: 'Ticket Keys', certificates: () => undefined, most: 0 },
  { field: 'generic_secret', title: 'Generic', certificates: () => undefined, most: 0 },
];

const UNREAD = { isValid: undefined, serial: '', notAfter: '', notBefore: '', names: [] } as const;

function certificatesIn(source: JsonObject | undefined): readonly string[] {
  const bytes = textAt(source, 'inline_bytes');
  const text = bytes === '' ? textAt(source, 'inline_string') : Buffer.from(bytes, 'base64').toString('latin1');
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function detailsOf(pem: string, nowMs: number): Omit<SecretRow, 'name' | 'type' | 'status'> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    // Whatever OpenSSL has against it: it is no certificate that anybody could use.
    return { ...UNREAD, isValid: false };
  }
  const { serialNumber, validFromDate, validToDate, subjectAltName = '' } = certificate;
  return {
    isValid: validFromDate.getTime() <= nowMs && nowMs < validToDate.getTime(),
    serial: serialNumber.toLowerCase(),
    notAfter: timeOf(validToDate),
    notBefore: timeOf(validFromDate),
    names: subjectAltName === '' ? [] : subjectAltName.split(', ').map((name) => name.replace(/^[A-Za-z ]+:/, '')),
  };
}

function timeOf(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
