/**
 * The keys and certificates of an API server: its CA, its serving certificate, the owner's client certificate and the key
 * that signs service-account tokens. Made at the first start, renewed when they are about to expire.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { type Clock, type Logger, MeshError, type Random, Secret, unwrap } from '@weft/core';
import {
  CertificateAuthority,
  generateKeyPair,
  type IssuedCertificate,
  type KeyPair,
  keyPairFromPem,
  parseCertificatesPem,
  privateKeyToPem,
  readCertificate,
  samePublicKey,
} from '@weft/identity';
import type { PkiFiles } from './files.ts';

/** A certificate with its key, as TLS wants them. */
export interface CertificateFiles {
  readonly certPem: string;
  readonly keyPem: Secret<string>;
}

/** Everything that a server needs to be trusted and to trust. */
export interface Pki {
  readonly caPem: string;
  readonly serving: CertificateFiles;
  /** The owner of the server: may do everything. */
  readonly owner: CertificateFiles;
  readonly tokenKeys: KeyPair;
}

/** What the PKI is made for. */
export interface PkiOptions {
  readonly files: PkiFiles;
  readonly clock: Clock;
  readonly random: Random;
  /** Names and addresses under which the server is reached. */
  readonly hosts: readonly string[];
  readonly log?: Logger;
}

const CA_NAME = 'weft-apiserver-ca';
const CA_CERTIFICATE = 'ca.crt';
const CA_KEY = 'ca.key';
const DAY_MS = 24 * 60 * 60 * 1000;
const CA_MS = 10 * 365 * DAY_MS;
const LEAF_MS = 365 * DAY_MS;
/** Renewed at a start when less than this is left. */
const RENEW_BEFORE_MS = 60 * DAY_MS;
const OWNER = { user: 'weft-owner', groups: ['system:masters'] } as const;

/** Loads the PKI, making what is missing. */
export async function loadPki(options: PkiOptions): Promise<Pki> {
  const authority = await loadAuthority(options);
  const hosts = [...new Set(options.hosts)].sort();
  const dnsNames = hosts.filter((host) => isIP(host) === 0);
  const ipAddresses = hosts.filter((host) => isIP(host) !== 0);
  const [serving, owner] = await Promise.all([
    loadLeaf(options, authority, {
      name: 'apiserver',
      hosts,
      issue: async (ca, publicKey) => unwrap(ca.issueServer({ publicKey, validForMs: LEAF_MS, dnsNames, ipAddresses })),
    }),
    loadLeaf(options, authority, {
      name: 'owner',
      hosts: [],
      issue: async (ca, publicKey) => unwrap(ca.issueClient({ publicKey, validForMs: LEAF_MS, ...OWNER })),
    }),
  ]);
  return { caPem: authority.caPem, serving, owner, tokenKeys: loadKeys(options.files, 'service-accounts.key') };
}

/** The CA's certificate at once; the CA itself only when something is to be signed, which a usual start does not need. */
interface Authority {
  readonly certificate: X509Certificate;
  readonly caPem: string;
  readonly get: () => CertificateAuthority;
}

async function loadAuthority(options: PkiOptions): Promise<Authority> {
  const { files, clock, random } = options;
  const context = { clock, random };
  const chainPem = files.read(CA_CERTIFICATE);
  const keyPem = files.read(CA_KEY);
  if (chainPem === undefined) {
    // The key is written first, so a first start that was cut short leaves it alone; anything more has been in use.
    if (files.read('apiserver.crt') !== undefined) throw lostAuthority(files, CA_CERTIFICATE, 'is missing');
    const root = unwrap(await CertificateAuthority.createRoot({ commonName: CA_NAME, validForMs: CA_MS }, context));
    files.write(CA_KEY, privateKeyToPem(root.keys).reveal());
    files.write(CA_CERTIFICATE, root.pathPem);
    return { certificate: root.certificate, caPem: root.pathPem, get: () => root };
  }
  if (keyPem === undefined) throw lostAuthority(files, CA_KEY, 'is missing');
  const certificate = checkedAuthority(options, chainPem, keyPem);
  const load = (): CertificateAuthority =>
    unwrap(CertificateAuthority.load({ chainPem, keyPem: new Secret(keyPem) }, context));
  return { certificate, caPem: chainPem, get: load };
}

function checkedAuthority({ files, clock }: PkiOptions, chainPem: string, keyPem: string): X509Certificate {
  const path = parseCertificatesPem(chainPem);
  if (path.kind === 'err') throw lostAuthority(files, CA_CERTIFICATE, `cannot be read: ${path.error.message}`);
  const keys = keyPairFromPem(new Secret(keyPem));
  if (keys.kind === 'err') throw lostAuthority(files, CA_KEY, `cannot be read: ${keys.error.message}`);
  const certificate = path.value[0]!;
  if (!samePublicKey(certificate.publicKey, keys.value.publicKey)) {
    throw lostAuthority(files, CA_KEY, `does not belong to ${CA_CERTIFICATE}`);
  }
  if (certificate.validToDate.getTime() <= clock.now()) {
    throw lostAuthority(files, CA_CERTIFICATE, `has expired at ${certificate.validToDate.toISOString()}`);
  }
  return certificate;
}

/** Everything that was ever issued hangs on the CA, so it is never replaced without being told to. */
function lostAuthority(files: PkiFiles, name: string, what: string): MeshError {
  const folder = dirname(files.pathOf(name));
  return new MeshError(
    'MESH_CERTIFICATE',
    `the certificate authority of this server is not usable: ${files.pathOf(name)} ${what}`,
    {
      hint: `restore the file from a copy, or remove ${folder} to start with new keys: kubeconfigs and tokens made before then stop working`,
    },
  );
}

interface Leaf {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly issue: (ca: CertificateAuthority, publicKey: KeyPair['publicKey']) => Promise<IssuedCertificate>;
}

/** A leaf is made anew whenever something about it is not as it should be: nobody depends on this very one. */
async function loadLeaf(
  { files, clock, log }: PkiOptions,
  authority: Authority,
  leaf: Leaf,
): Promise<CertificateFiles> {
  const { name, hosts } = leaf;
  const certPem = files.read(`${name}.crt`);
  const keyPem = files.read(`${name}.key`);
  if (certPem !== undefined && keyPem !== undefined) {
    const problem = leafProblem({ certPem, keyPem }, hosts, authority.certificate, clock.now());
    if (problem === undefined) return { certPem, keyPem: new Secret(keyPem) };
    log?.info('certificate made anew', { certificate: files.pathOf(`${name}.crt`), reason: problem });
  }
  const keys = generateKeyPair();
  const issued = await leaf.issue(authority.get(), keys.publicKey);
  const pem = privateKeyToPem(keys);
  files.write(`${name}.key`, pem.reveal());
  files.write(`${name}.crt`, issued.chainPem);
  return { certPem: issued.chainPem, keyPem: pem };
}

/** Why a leaf cannot be used any more; undefined when it is from this CA, for exactly these hosts, and good for a while. */
function leafProblem(
  { certPem, keyPem }: { readonly certPem: string; readonly keyPem: string },
  hosts: readonly string[],
  ca: X509Certificate,
  nowMs: number,
): string | undefined {
  const chain = parseCertificatesPem(certPem);
  const keys = keyPairFromPem(new Secret(keyPem));
  if (chain.kind === 'err') return chain.error.message;
  if (keys.kind === 'err') return keys.error.message;
  const certificate = chain.value[0]!;
  if (!samePublicKey(certificate.publicKey, keys.value.publicKey)) return 'its key is another one';
  if (certificate.validFromDate.getTime() > nowMs) return 'it is not valid yet';
  if (certificate.validToDate.getTime() - nowMs < RENEW_BEFORE_MS) return 'it is about to expire';
  if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) return 'it is of another authority';
  const names = unwrap(readCertificate(certificate)).subjectAltNames;
  const isSame =
    names.dnsNames.length + names.ipAddresses.length === hosts.length &&
    hosts.every((host) => (isIP(host) === 0 ? names.dnsNames.includes(host) : certificate.checkIP(host) !== undefined));
  return isSame ? undefined : 'the server is reached by other names';
}

function loadKeys(files: PkiFiles, name: string): KeyPair {
  const pem = files.read(name);
  if (pem !== undefined) {
    const keys = keyPairFromPem(new Secret(pem));
    if (keys.kind === 'ok') return keys.value;
    throw new MeshError(
      'MESH_KEY',
      `the key of service-account tokens is not usable: ${files.pathOf(name)}: ${keys.error.message}`,
      {
        hint: 'restore the file from a copy, or remove it to start with a new key: tokens made before then stop working',
      },
    );
  }
  const keys = generateKeyPair();
  files.write(name, privateKeyToPem(keys).reveal());
  return keys;
}
