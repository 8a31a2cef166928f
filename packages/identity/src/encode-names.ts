/** The names of certificates and requests in DER. They have been checked before: see `checkNames`. */
import { invariant, parseIp } from '@weft/core';
import type { CertificateNames } from './certificate-names.ts';
import { DER_TAG } from './der.ts';
import { derElement, derOid, derSequence, derText } from './der-writer.ts';

/** Context-specific tags of GeneralName (RFC 5280 §4.2.1.6). */
const GENERAL_NAME = Object.freeze({ dns: 0x82, uri: 0x86, ip: 0x87 });

const COMMON_NAME = derOid('2.5.4.3');
const ORGANIZATION = derOid('2.5.4.10');
const SUBJECT_ALT_NAME = derOid('2.5.29.17');

const TRUE = derElement(DER_TAG.boolean, Uint8Array.of(0xff));

/** The subject: organizations and then the common name. */
export function encodeSubject(names: CertificateNames): Buffer {
  const parts = (names.organizations ?? []).map((organization) => attribute(ORGANIZATION, organization));
  if (names.commonName !== undefined) parts.push(attribute(COMMON_NAME, names.commonName));
  return derSequence(...parts);
}

/** The extension with all names that peers compare; undefined when there are none. */
export function encodeAltNames(names: CertificateNames, isCritical: boolean): Buffer | undefined {
  const { spiffeId, dnsNames = [], ipAddresses = [] } = names;
  const parts = spiffeId === undefined ? [] : [derText(GENERAL_NAME.uri, spiffeId)];
  for (const name of dnsNames) parts.push(derText(GENERAL_NAME.dns, name));
  for (const address of ipAddresses) parts.push(derElement(GENERAL_NAME.ip, bytesOfIp(address)));
  return parts.length === 0 ? undefined : encodeExtension(SUBJECT_ALT_NAME, isCritical, derSequence(...parts));
}

/** One extension; `oid` is encoded already. */
export function encodeExtension(oid: Uint8Array, isCritical: boolean, value: Uint8Array): Buffer {
  const octets = derElement(DER_TAG.octetString, value);
  return isCritical ? derSequence(oid, TRUE, octets) : derSequence(oid, octets);
}

function attribute(oid: Uint8Array, text: string): Buffer {
  return derElement(DER_TAG.set, derSequence(oid, derText(DER_TAG.utf8String, text)));
}

function bytesOfIp(text: string): Uint8Array {
  const address = parseIp(text);
  invariant(address !== undefined, `${text} was checked to be an IP address`);
  const digits = address.bits.toString(16).padStart(address.family === 4 ? 8 : 32, '0');
  return Buffer.from(digits, 'hex');
}
