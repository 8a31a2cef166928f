/**
 * Reads from a certificate's own bytes what node's `X509Certificate` does not tell (path length, key usage bits, critical
 * extensions) or tells only as text that has to be taken apart again (names). RFC 5280 §4.
 */
import { DER_TAG, DerError, DerReader, decodeOid } from './der.ts';

/** What of a certificate decides whether and for whom it may be used. */
export interface X509Details {
  readonly subject: X509Name;
  /** The subject as it stands in the certificate: what this one signs repeats it byte for byte. */
  readonly subjectDer: Uint8Array;
  /** What this one's key is called in what it signs, or undefined when it does not say. */
  readonly subjectKeyId: Uint8Array | undefined;
  readonly subjectAltNames: SubjectAltNames;
  readonly basicConstraints: BasicConstraints;
  /** The bits of the key usage extension, or undefined when it has none. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Dotted object identifiers, or undefined when it has no such extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Extensions that this code does not evaluate but that say they must be, and name constraints in any case. */
  readonly unsupported: readonly string[];
}

/** The parts of a subject that Kubernetes reads. */
export interface X509Name {
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  readonly isEmpty: boolean;
}

/** The names a certificate is for. */
export interface SubjectAltNames {
  readonly dnsNames: readonly string[];
  /** In the usual text form, IPv6 in full groups without leading zeros. */
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  /** Names of kinds that are not read here. */
  readonly otherCount: number;
}

/** Whether a certificate may sign others, and how many may come between. */
export interface BasicConstraints {
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
}

/** In the order of their bits. */
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** One of the key usage bits. */
export type KeyUsage = (typeof KEY_USAGES)[number];

const OID = Object.freeze({
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
});

const NO_NAMES: SubjectAltNames = Object.freeze({ dnsNames: [], ipAddresses: [], uris: [], emails: [], otherCount: 0 });

/** Context-specific tags inside a certificate. */
const VERSION = 0xa0;
const ISSUER_UNIQUE_ID = 0x81;
const SUBJECT_UNIQUE_ID = 0x82;
const EXTENSIONS = 0xa3;

/** Reads a DER certificate; throws `DerError` when it is malformed. */
export function decodeCertificate(der: Uint8Array): X509Details {
  const outer = new DerReader(der);
  const certificate = outer.enter(DER_TAG.sequence);
  outer.finish();
  const body = certificate.enter(DER_TAG.sequence);
  if (body.nextTag === VERSION) body.read();
  body.read(DER_TAG.integer);
  body.read(DER_TAG.sequence);
  body.read(DER_TAG.sequence);
  body.read(DER_TAG.sequence);
  const name = body.read(DER_TAG.sequence);
  const subject = decodeName(body.inside(name));
  body.read(DER_TAG.sequence);
  for (const tag of [ISSUER_UNIQUE_ID, SUBJECT_UNIQUE_ID]) if (body.nextTag === tag) body.read();
  const extensions = body.nextTag === EXTENSIONS ? body.enter(EXTENSIONS).enter(DER_TAG.sequence) : undefined;
  body.finish();
  return { subject, subjectDer: der.subarray(name.offset, name.end), ...decodeExtensions(extensions) };
}

/** Reads the extensions of a certificate, or those that a request asks for. */
export function decodeExtensions(list: DerReader | undefined): Omit<X509Details, 'subject' | 'subjectDer'> {
  const seen = new Set<string>();
  const unsupported: string[] = [];
  let subjectAltNames = NO_NAMES;
  let basicConstraints: BasicConstraints = { isCa: false, pathLength: undefined };
  let keyUsage: X509Details['keyUsage'];
  let extendedKeyUsage: X509Details['extendedKeyUsage'];
  let subjectKeyId: X509Details['subjectKeyId'];
  while (list !== undefined && !list.isAtEnd) {
    const extension = list.enter(DER_TAG.sequence);
    const oid = decodeOid(extension.content(extension.read(DER_TAG.objectIdentifier)));
    const isCritical = extension.nextTag === DER_TAG.boolean && extension.content(extension.read())[0] !== 0;
    const value = extension.enter(DER_TAG.octetString);
    extension.finish();
    // RFC 5280 §4.2: no extension twice, or two readers could see two different certificates.
    if (seen.has(oid)) throw new DerError(`extension ${oid} occurs twice`);
    seen.add(oid);
    if (oid === OID.subjectAltName) subjectAltNames = decodeGeneralNames(value);
    else if (oid === OID.basicConstraints) basicConstraints = decodeBasicConstraints(value);
    else if (oid === OID.keyUsage) keyUsage = decodeKeyUsage(value);
    else if (oid === OID.extendedKeyUsage) extendedKeyUsage = decodeOidList(value);
    else if (isCritical || oid === OID.nameConstraints) unsupported.push(oid);
    else if (oid === OID.subjectKeyId) subjectKeyId = value.content(value.read(DER_TAG.octetString));
  }
  return { subjectAltNames, basicConstraints, keyUsage, extendedKeyUsage, subjectKeyId, unsupported };
}

/** Reads a subject. */
export function decodeName(name: DerReader): X509Name {
  const commonNames: string[] = [];
  const organizations: string[] = [];
  const isEmpty = name.isAtEnd;
  while (!name.isAtEnd) {
    const set = name.enter(DER_TAG.set);
    while (!set.isAtEnd) {
      const attribute = set.enter(DER_TAG.sequence);
      const oid = decodeOid(attribute.content(attribute.read(DER_TAG.objectIdentifier)));
      const value = attribute.read();
      attribute.finish();
      if (oid === OID.commonName) commonNames.push(decodeText(value.tag, attribute.content(value)));
      if (oid === OID.organization) organizations.push(decodeText(value.tag, attribute.content(value)));
    }
  }
  return { commonNames, organizations, isEmpty };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(tag: number, content: Uint8Array): string {
  if (tag === DER_TAG.utf8String) {
    try {
      return utf8.decode(content);
    } catch {
      throw new DerError('a name is not valid UTF-8');
    }
  }
  if (tag === DER_TAG.printableString || tag === DER_TAG.ia5String) return decodeAscii(content);
  throw new DerError(`a name is written in the unsupported string type 0x${tag.toString(16)}`);
}

/** Printable ASCII only: a NUL or a line end in a name has fooled too many readers of certificates. */
function decodeAscii(content: Uint8Array): string {
  if (content.some((byte) => byte < 0x20 || byte > 0x7e))
    throw new DerError('a name has characters that are not ASCII');
  return Buffer.from(content).toString('latin1');
}

function decodeGeneralNames(value: DerReader): SubjectAltNames {
  const list = value.enter(DER_TAG.sequence);
  value.finish();
  const names = { dnsNames: [] as string[], ipAddresses: [] as string[], uris: [] as string[], emails: [] as string[] };
  let otherCount = 0;
  while (!list.isAtEnd) {
    const element = list.read();
    const content = list.content(element);
    if (element.tag === 0x81) names.emails.push(decodeAscii(content));
    else if (element.tag === 0x82) names.dnsNames.push(decodeAscii(content));
    else if (element.tag === 0x86) names.uris.push(decodeAscii(content));
    else if (element.tag === 0x87) names.ipAddresses.push(decodeIp(content));
    else otherCount += 1;
  }
  return { ...names, otherCount };
}

function decodeIp(content: Uint8Array): string {
  if (content.length === 4) return content.join('.');
  if (content.length !== 16) throw new DerError(`an IP address has ${content.length} bytes`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return Array.from({ length: 8 }, (_, group) => view.getUint16(group * 2).toString(16)).join(':');
}

function decodeBasicConstraints(value: DerReader): BasicConstraints {
  const body = value.enter(DER_TAG.sequence);
  value.finish();
  const isCa = body.nextTag === DER_TAG.boolean && body.content(body.read())[0] !== 0;
  if (body.isAtEnd) return { isCa, pathLength: undefined };
  const content = body.content(body.read(DER_TAG.integer));
  body.finish();
  // More than one byte would allow paths longer than anybody builds; negative ones make no sense.
  const pathLength = content[0];
  if (content.length !== 1 || pathLength === undefined || pathLength > 0x7f) throw new DerError('bad path length');
  return { isCa, pathLength };
}

function decodeKeyUsage(value: DerReader): ReadonlySet<KeyUsage> {
  const content = value.content(value.read(DER_TAG.bitString));
  value.finish();
  const usages = new Set<KeyUsage>();
  KEY_USAGES.forEach((usage, bit) => {
    const byte = content[1 + Math.floor(bit / 8)] ?? 0;
    if ((byte & (0x80 >> (bit % 8))) !== 0) usages.add(usage);
  });
  return usages;
}

function decodeOidList(value: DerReader): readonly string[] {
  const list = value.enter(DER_TAG.sequence);
  value.finish();
  const oids: string[] = [];
  while (!list.isAtEnd) oids.push(decodeOid(list.content(list.read(DER_TAG.objectIdentifier))));
  return oids;
}
