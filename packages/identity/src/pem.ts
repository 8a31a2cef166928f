import { X509Certificate } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';

/** Bundles of whole organisations have a few hundred roots in less than this. */
const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
const MAX_CERTIFICATES = 1_000;

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----$/;

/** Reads one or more CERTIFICATE blocks; text between blocks is a comment, anything else wrong names its line. */
export function parseCertificatesPem(pem: string): Result<readonly X509Certificate[], IdentityError> {
  if (pem.length > MAX_TEXT_LENGTH) return refuse(`it is longer than ${MAX_TEXT_LENGTH} characters`);
  const certificates: X509Certificate[] = [];
  const lines = pem.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = (lines[index] as string).trim();
    const label = BEGIN.exec(line)?.[1];
    if (label === undefined) {
      if (line.startsWith('-----')) return refuse(`line ${index + 1} is no beginning of a block`);
      continue;
    }
    if (label !== 'CERTIFICATE') return refuse(`line ${index + 1} begins a ${label}, not a certificate`);
    const end = lines.findIndex((other, at) => at > index && other.trim().startsWith('-----'));
    if (end < 0 || lines[end]?.trim() !== '-----END CERTIFICATE-----') {
      return refuse(`the certificate that begins at line ${index + 1} has no end`);
    }
    const parsed = parseBlock(lines.slice(index + 1, end), index + 1);
    if (parsed.kind === 'err') return parsed;
    certificates.push(parsed.value);
    if (certificates.length > MAX_CERTIFICATES) return refuse(`it has more than ${MAX_CERTIFICATES} certificates`);
    index = end;
  }
  return certificates.length === 0 ? refuse('it has no certificate') : ok(certificates);
}

/** Certificates as PEM blocks, one after the other. */
export function certificatesToPem(certificates: Iterable<X509Certificate>): string {
  return Array.from(certificates, (certificate) => certificate.toString()).join('');
}

function parseBlock(lines: readonly string[], lineNumber: number): Result<X509Certificate, IdentityError> {
  const base64 = lines.map((line) => line.trim()).join('');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    return refuse(`the certificate that begins at line ${lineNumber} is not base64`);
  }
  try {
    return ok(new X509Certificate(Buffer.from(base64, 'base64')));
  } catch (cause) {
    return refuse(`the certificate that begins at line ${lineNumber} cannot be read`, cause);
  }
}

function refuse(reason: string, cause?: unknown): Result<never, IdentityError> {
  return refuseIdentity('MESH_CERTIFICATE', `invalid PEM: ${reason}`, { cause });
}
