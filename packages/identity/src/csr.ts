import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Pkcs10CertificateRequest } from '@peculiar/x509';
import { ok, type Result } from '@weft/core';
import { altNamesOf, type CertificateNames, checkNames, subjectOf } from './certificate-names.ts';
import { checkDer, DER_TAG, DerError, DerReader } from './der.ts';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey, type KeyPair } from './keys.ts';
import { loadX509, signingAlgorithm, toSigningKey, toVerifyKey } from './x509-library.ts';

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

/** Makes a request for these names, signed with the key it is about. */
export async function createCsr(keys: KeyPair, names: CertificateNames): Promise<Result<string, IdentityError>> {
  const checked = checkNames(names);
  if (checked.kind === 'err') return checked;
  const x509 = await loadX509();
  const altNames = altNamesOf(names);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name(subjectOf(names)),
    keys: { publicKey: toVerifyKey(keys.publicKey, keys.kind), privateKey: toSigningKey(keys) },
    signingAlgorithm: signingAlgorithm(keys.kind),
    extensions: altNames.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(altNames)],
  });
  return ok(`${request.toString('pem')}\n`);
}

/** Reads a request in PEM or DER form and checks that it is signed with its own key. */
export async function parseCsr(input: string | Uint8Array): Promise<Result<CertificateRequest, IdentityError>> {
  if (input.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} bytes`);
  const der = typeof input === 'string' ? derOfPem(input) : input;
  if (der === undefined) return refuse('it is not one PEM block BEGIN CERTIFICATE REQUEST');
  const x509 = await loadX509();
  try {
    // The library reads BER too, where one request has many encodings and bytes can hide between elements.
    checkDer(der);
    checkFrame(der);
    const request = new x509.Pkcs10CertificateRequest(Uint8Array.from(der));
    const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    const kind = checkPublicKey(publicKey);
    if (kind.kind === 'err') return refuse(kind.error.message);
    if (kind.value === 'P-256') checkEcdsaSignature(new Uint8Array(request.signature));
    if (!(await request.verify())) return refuse('it is not signed with its own key');
    return namesOf(request, publicKey);
  } catch (cause) {
    // The library reports hostile bytes with whatever error its parser ran into.
    return refuse('it cannot be read', cause);
  }
}

/** What stands around the part that is signed (RFC 2986, 4.2): the signature does not protect it. */
function checkFrame(der: Uint8Array): void {
  const request = new DerReader(der).enter(DER_TAG.sequence);
  request.read(DER_TAG.sequence);
  request.enter(DER_TAG.sequence).read(DER_TAG.objectIdentifier);
  const bits = request.content(request.read(DER_TAG.bitString));
  if (bits[0] !== 0) throw new DerError('a signature of a broken byte');
  request.finish();
}

/** Two numbers in DER (RFC 3279, 2.2.3), which the library reads leniently too. */
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

async function namesOf(
  request: Pkcs10CertificateRequest,
  publicKey: KeyObject,
): Promise<Result<CertificateRequest, IdentityError>> {
  const x509 = await loadX509();
  const [commonName, second] = request.subjectName.getField('CN');
  if (second !== undefined) return refuse('it has more than one common name');
  const altNames = { dnsNames: [] as string[], ipAddresses: [] as string[], uris: [] as string[] };
  for (const extension of request.extensions) {
    if (extension instanceof x509.SubjectAlternativeNameExtension) {
      for (const { type, value } of extension.names.items) {
        if (type === 'dns') altNames.dnsNames.push(value);
        else if (type === 'ip') altNames.ipAddresses.push(value);
        else if (type === 'url') altNames.uris.push(value);
        else return refuse(`it asks for a name of kind ${type}, which is not issued here`);
      }
    } else if (extension instanceof x509.BasicConstraintsExtension && extension.ca) {
      return refuse('it asks to be a certificate authority');
    }
  }
  return ok({ publicKey, commonName, organizations: request.subjectName.getField('O'), ...altNames });
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
