/**
 * The keys and certificates of an API server: its CA, its serving certificate, the owner's client certificate and the key
 * that signs service-account tokens. Made at the first start, renewed when they are about to expire.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type Clock, type Random, Secret, unwrap } from '@weft/core';
import {
  CertificateAuthority,
  generateKeyPair,
  type IssuedCertificate,
  type KeyPair,
  keyPairFromPem,
  privateKeyToPem,
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
}

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
      issue: async (ca, publicKey) =>
        unwrap(await ca.issueServer({ publicKey, validForMs: LEAF_MS, dnsNames, ipAddresses })),
    }),
    loadLeaf(options, authority, {
      name: 'owner',
      hosts: [],
      issue: async (ca, publicKey) => unwrap(await ca.issueClient({ publicKey, validForMs: LEAF_MS, ...OWNER })),
    }),
  ]);
  return { caPem: authority.caPem, serving, owner, tokenKeys: loadKeys(options.files, 'service-accounts.key') };
}

/** The CA's certificate at once; the CA itself only when something is to be signed, which a usual start does not need. */
interface Authority {
  readonly caPem: string;
  readonly get: () => CertificateAuthority;
}

async function loadAuthority({ files, clock, random }: PkiOptions): Promise<Authority> {
  const context = { clock, random };
  const chainPem = files.read('ca.crt');
  const keyPem = files.read('ca.key');
  if (chainPem !== undefined && keyPem !== undefined) {
    const load = (): CertificateAuthority =>
      unwrap(CertificateAuthority.load({ chainPem, keyPem: new Secret(keyPem) }, context));
    return { caPem: chainPem, get: load };
  }
  const root = unwrap(
    await CertificateAuthority.createRoot({ commonName: 'weft-apiserver-ca', validForMs: CA_MS }, context),
  );
  files.write('ca.key', privateKeyToPem(root.keys).reveal());
  files.write('ca.crt', root.pathPem);
  return { caPem: root.pathPem, get: () => root };
}

interface Leaf {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly issue: (ca: CertificateAuthority, publicKey: KeyPair['publicKey']) => Promise<IssuedCertificate>;
}

async function loadLeaf({ files, clock }: PkiOptions, authority: Authority, leaf: Leaf): Promise<CertificateFiles> {
  const { name, hosts } = leaf;
  const certPem = files.read(`${name}.crt`);
  const keyPem = files.read(`${name}.key`);
  if (certPem !== undefined && keyPem !== undefined && isGood(certPem, hosts, authority.caPem, clock.now())) {
    return { certPem, keyPem: new Secret(keyPem) };
  }
  const keys = generateKeyPair();
  const issued = await leaf.issue(authority.get(), keys.publicKey);
  const pem = privateKeyToPem(keys);
  files.write(`${name}.key`, pem.reveal());
  files.write(`${name}.crt`, issued.chainPem);
  return { certPem: issued.chainPem, keyPem: pem };
}

/** From this CA, for these hosts, and good for a while. */
function isGood(certPem: string, hosts: readonly string[], caPem: string, nowMs: number): boolean {
  const certificate = new X509Certificate(certPem);
  if (certificate.validToDate.getTime() - nowMs < RENEW_BEFORE_MS) return false;
  if (!certificate.verify(new X509Certificate(caPem).publicKey)) return false;
  return hosts.every((host) =>
    isIP(host) === 0 ? certificate.checkHost(host) !== undefined : certificate.checkIP(host) !== undefined,
  );
}

function loadKeys(files: PkiFiles, name: string): KeyPair {
  const pem = files.read(name);
  if (pem !== undefined) return unwrap(keyPairFromPem(new Secret(pem)));
  const keys = generateKeyPair();
  files.write(name, privateKeyToPem(keys).reveal());
  return keys;
}
