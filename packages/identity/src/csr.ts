/** Certificate signing requests (RFC 2986): made by every proxy, and read by the authority from whoever sends one. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import { type CertificateNames, checkNames } from './certificate-names.ts';
import { checkDer, DER_TAG, DerError, DerReader, decodeOid } from './der.ts';
import { derBits, derElement, derOid, derSequence } from './der-writer.ts';
import { encodeAltNames, encodeSubject } from './encode-names.ts';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey, type KeyKind, type KeyPair } from './keys.ts';
import { SIGNATURE_ALGORITHM, signatureAlgorithm } from './signature-algorithm.ts';
import { decodeExtensions, decodeName, type X509Details, type X509Name } from './x509-der.ts';

/** A certificate signing request whose signature has been checked: the applicant holds the private key. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly commonName: string | undefined;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** The names an applicant may ask for, as the platform attests them. */
export interface AllowedNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/** A request with an RSA key of 8192 bits and a page of names is a quarter of this. */
const MAX_LENGTH = 16_384;

const VERSION = derElement(DER_TAG.integer, Uint8Array.of(0));
const ATTRIBUTES_TAG = 0xa0;
/** RFC 2985 §5.4.2. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** Key: an AlgorithmIdentifier in hexadecimal digits. */
const ALGORITHMS: ReadonlyMap<string, { readonly kind: KeyKind; readonly hash: string }> = new Map(
  (['P-256', 'RSA'] as const).flatMap((kind) =>
    (['sha256', 'sha384', 'sha512'] as const).map((hash) => [
      signatureAlgorithm(kind, hash).toString('hex'),
      { kind, hash },
    ]),
  ),
);

/** Makes a request for these names, signed with the key it is about. */
export function createCsr(keys: KeyPair, names: CertificateNames): Result<string, IdentityError> {
  const checked = checkNames(names);
  if (checked.kind === 'err') return checked;
  const altNames = encodeAltNames(names, false);
  const wishes =
    altNames === undefined
      ? []
      : [derSequence(derOid(EXTENSION_REQUEST), derElement(DER_TAG.set, derSequence(altNames)))];
  const info = derSequence(
    VERSION,
    encodeSubject(names),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    derElement(ATTRIBUTES_TAG, ...wishes),
  );
  const signature = derBits(sign('sha256', info, keys.privateKey.reveal()));
  return ok(pemOf(derSequence(info, SIGNATURE_ALGORITHM[keys.kind], signature)));
}

/** Reads a request in PEM or DER form and checks that it is signed with its own key. */
export function parseCsr(input: string | Uint8Array): Result<CertificateRequest, IdentityError> {
  if (input.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} bytes`);
  const der = typeof input === 'string' ? derOfPem(input) : input;
  if (der === undefined) return refuse('it is not one PEM block BEGIN CERTIFICATE REQUEST');
  try {
    checkDer(der);
    const { info, infoDer, algorithm, signature } = readFrame(der);
    const { subject, spki, extensions } = readInfo(info);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const kind = checkPublicKey(publicKey);
    if (kind.kind === 'err') return refuse(kind.error.message);
    const known = ALGORITHMS.get(Buffer.from(algorithm).toString('hex'));
    if (known?.kind !== kind.value) return refuse('it is signed with an algorithm that is not used here');
    if (kind.value === 'P-256') checkEcdsaSignature(signature);
    if (!verify(known.hash, infoDer, publicKey, signature)) return refuse('it is not signed with its own key');
    return namesOf(publicKey, subject, extensions);
  } catch (cause) {
    // The host reports hostile keys and signatures with whatever error it ran into.
    return refuse('it cannot be read', cause);
  }
}

/** The parts of a request (RFC 2986 §4.2). */
function readFrame(der: Uint8Array) {
  const request = new DerReader(der).enter(DER_TAG.sequence);
  const info = request.read(DER_TAG.sequence);
  const algorithm = request.read(DER_TAG.sequence);
  const bits = request.content(request.read(DER_TAG.bitString));
  request.finish();
  if (bits[0] !== 0) throw new DerError('a signature of a broken byte');
  return {
    info: request.inside(info),
    infoDer: der.subarray(info.offset, info.end),
    algorithm: der.subarray(algorithm.offset, algorithm.end),
    signature: bits.subarray(1),
  };
}

/** What is signed (RFC 2986 §4.1). */
function readInfo(info: DerReader) {
  const version = info.content(info.read(DER_TAG.integer));
  if (version.length !== 1 || version[0] !== 0) throw new DerError('a version that is not 0');
  const subject = decodeName(info.enter(DER_TAG.sequence));
  const key = info.read(DER_TAG.sequence);
  const attributes = info.nextTag === ATTRIBUTES_TAG ? info.enter(ATTRIBUTES_TAG) : undefined;
  info.finish();
  return { subject, spki: info.bytes.subarray(key.offset, key.end), extensions: readExtensions(attributes) };
}

/** The extensions that are asked for (RFC 2985 §5.4.2); attributes of other kinds ask for nothing that is issued here. */
function readExtensions(attributes: DerReader | undefined) {
  let list: DerReader | undefined;
  while (attributes !== undefined && !attributes.isAtEnd) {
    const attribute = attributes.enter(DER_TAG.sequence);
    const oid = decodeOid(attribute.content(attribute.read(DER_TAG.objectIdentifier)));
    const values = attribute.enter(DER_TAG.set);
    attribute.finish();
    if (oid !== EXTENSION_REQUEST) continue;
    if (list !== undefined) throw new DerError('extensions are asked for twice');
    list = values.enter(DER_TAG.sequence);
    values.finish();
  }
  return decodeExtensions(list);
}

/** Two numbers in DER (RFC 3279 §2.2.3), which the host reads leniently. */
function checkEcdsaSignature(bytes: Uint8Array): void {
  const outer = new DerReader(bytes);
  const numbers = outer.enter(DER_TAG.sequence);
  outer.finish();
  numbers.read(DER_TAG.integer);
  numbers.read(DER_TAG.integer);
  numbers.finish();
}

/** Refuses a request that asks for a name its applicant was not attested; asking for fewer names is fine. */
export function checkRequestedNames(
  request: CertificateRequest,
  allowed: AllowedNames,
): Result<CertificateRequest, IdentityError> {
  for (const kind of ['dnsNames', 'ipAddresses', 'uris'] as const) {
    const extra = request[kind].find((name) => !(allowed[kind] ?? []).includes(name));
    if (extra !== undefined) {
      const names = (allowed[kind] ?? []).join(', ') || 'none';
      return refuseIdentity('MESH_CSR', `the request asks for ${JSON.stringify(extra)}, which is not the applicant's`, {
        hint: `allowed ${kind}: ${names}`,
      });
    }
  }
  return ok(request);
}

function namesOf(
  publicKey: KeyObject,
  subject: X509Name,
  extensions: Pick<X509Details, 'basicConstraints' | 'subjectAltNames' | 'unsupported'>,
): Result<CertificateRequest, IdentityError> {
  const [commonName, second] = subject.commonNames;
  if (second !== undefined) return refuse('it has more than one common name');
  if (extensions.basicConstraints.isCa) return refuse('it asks to be a certificate authority');
  const [extension] = extensions.unsupported;
  if (extension !== undefined) return refuse(`it asks for the extension ${extension}, which is not issued here`);
  const { dnsNames, emails, ipAddresses, otherCount, uris } = extensions.subjectAltNames;
  if (emails.length > 0) return refuse('it asks for a name of kind email, which is not issued here');
  if (otherCount > 0) return refuse('it asks for a name that is no DNS name, address or URI, which is not issued here');
  return ok({ publicKey, commonName, organizations: subject.organizations, dnsNames, ipAddresses, uris });
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}

function derOfPem(pem: string): Uint8Array | undefined {
  const block =
    /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (NEW )?CERTIFICATE REQUEST-----\s*$/;
  const base64 = block.exec(pem)?.[2];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

function refuse(reason: string, cause?: unknown): Result<never, IdentityError> {
  return refuseIdentity('MESH_CSR', `invalid certificate signing request: ${reason}`, { cause });
}
