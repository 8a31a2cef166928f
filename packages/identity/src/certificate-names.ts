import type { JsonGeneralNames, JsonNameParams } from '@peculiar/x509';
import { isIp, ok, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { parseSpiffeId } from './spiffe-id.ts';

/** Whom a certificate is for: every name is checked before it is written into one. */
export interface CertificateNames {
  readonly commonName?: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** A SPIFFE identity. */
  readonly spiffeId?: string;
}

/** RFC 5280, appendix A: the upper bound of common and organization names. */
const MAX_NAME_LENGTH = 64;
const MAX_NAMES = 100;
const DNS_LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** Checks all names; the first wrong one is named in the refusal. */
export function checkNames(names: CertificateNames): Result<CertificateNames, IdentityError> {
  const { commonName, organizations = [], dnsNames = [], ipAddresses = [], spiffeId } = names;
  const wrongDns = dnsNames.find((name) => !isDnsName(name));
  if (wrongDns !== undefined) return refuse('DNS name', wrongDns, 'labels of letters, digits and dashes are allowed');
  const wrongIp = ipAddresses.find((address) => !isIp(address));
  if (wrongIp !== undefined) return refuse('IP address', wrongIp, 'an IPv4 or IPv6 address is expected');
  for (const name of [...(commonName === undefined ? [] : [commonName]), ...organizations]) {
    if (name === '' || name.length > MAX_NAME_LENGTH || /\p{Cc}/u.test(name)) {
      return refuse('subject name', name, `1 to ${MAX_NAME_LENGTH} characters without control characters are allowed`);
    }
  }
  if (dnsNames.length + ipAddresses.length + organizations.length > MAX_NAMES) {
    return refuseIdentity('MESH_CERTIFICATE', `a certificate has at most ${MAX_NAMES} names`);
  }
  const id = spiffeId === undefined ? undefined : parseSpiffeId(spiffeId);
  return id?.kind === 'err' ? id : ok(names);
}

/** Tells whether a text may stand as a DNS name in a certificate; the first label may be `*`. */
export function isDnsName(name: string): boolean {
  if (name.length > 253) return false;
  const labels = name.split('.');
  return labels.every((label, index) => (index === 0 && label === '*' && labels.length > 1) || DNS_LABEL.test(label));
}

/** The subject for the library; explicit string types, because it reads a plain text that starts with # as hexadecimal. */
export function subjectOf(names: CertificateNames): JsonNameParams {
  const parts: JsonNameParams = [];
  for (const organization of names.organizations ?? []) parts.push({ O: [{ utf8String: organization }] });
  if (names.commonName !== undefined) parts.push({ CN: [{ utf8String: names.commonName }] });
  return parts;
}

/** The subject alternative names for the library. */
export function altNamesOf(names: CertificateNames): JsonGeneralNames {
  return [
    ...(names.spiffeId === undefined ? [] : [{ type: 'url' as const, value: names.spiffeId }]),
    ...(names.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(names.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
}

function refuse(what: string, value: string, hint: string): Result<never, IdentityError> {
  return refuseIdentity('MESH_CERTIFICATE', `invalid ${what} ${JSON.stringify(value.slice(0, 100))}`, { hint });
}
