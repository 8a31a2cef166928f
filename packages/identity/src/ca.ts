/**
 * Issues certificates. Who may have one is decided by the caller, who has attested the applicant; this class makes sure that
 * what it signs is well formed, is within the bounds of the authority, and says no more than it was told.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { type Clock, ok, type Random, type Result, type Secret } from '@weft/core';
import { signAuthority } from './authority-certificate.ts';
import { type CertificateNames, checkNames } from './certificate-names.ts';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey, generateKeyPair, type KeyKind, type KeyPair, keyPairFromPem, samePublicKey } from './keys.ts';
import { LEAF_USAGE, signLeaf } from './leaf-certificate.ts';
import { certificatesToPem, parseCertificatesPem } from './pem.ts';
import { parseSpiffeId, trustDomainProblem } from './spiffe-id.ts';
import { describeCertificate, publicKeyOf, readCertificate } from './x509-info.ts';

/** A certificate with what has to be sent with it. */
export interface IssuedCertificate {
  readonly certificate: X509Certificate;
  /** The certificate and the authorities up to, but without, the root: what a peer sends. */
  readonly chain: readonly X509Certificate[];
  readonly chainPem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What every certificate needs to be told. */
export interface IssueOptions {
  readonly publicKey: KeyObject;
  readonly validForMs: number;
}

/** What a new authority is. */
export interface AuthorityOptions {
  readonly commonName: string;
  readonly validForMs: number;
  /** Written as a URI name, so that the authority itself says for which trust domain it signs. */
  readonly trustDomain?: string;
  /** How many authorities may stand between this one and a leaf; no bound for roots and 0 for intermediates unless given. */
  readonly pathLength?: number;
  readonly keyKind?: KeyKind;
}

/** Where an authority takes time and chance from, and the longest it signs for. */
export interface AuthorityContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Longer validities of leaves are refused; 366 days unless given. */
  readonly maxLeafMs?: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_MAX_LEAF_MS = 366 * DAY_MS;

/** Certificates count from a little before now: the clocks of two machines are never quite the same. */
const BACKDATE_MS = 120_000;

/** A certificate authority: a key, its certificate, and the way up to its root. */
export class CertificateAuthority {
  readonly #keys: KeyPair;
  readonly #context: AuthorityContext;
  /** This authority first, the root last. */
  readonly path: readonly X509Certificate[];

  private constructor(keys: KeyPair, path: readonly X509Certificate[], context: AuthorityContext) {
    this.#keys = keys;
    this.path = path;
    this.#context = context;
  }

  /** Makes a new self-signed root. */
  static async createRoot(
    options: AuthorityOptions,
    context: AuthorityContext,
  ): Promise<Result<CertificateAuthority, IdentityError>> {
    const keys = generateKeyPair(options.keyKind);
    const root = await makeAuthority(options, keys.publicKey, { keys, certificate: undefined }, context);
    return root.kind === 'ok' ? ok(new CertificateAuthority(keys, [root.value], context)) : root;
  }

  /** Takes up an authority from its files: its certificate first and its root last, and its private key. */
  static load(
    files: { readonly chainPem: string; readonly keyPem: Secret<string> },
    context: AuthorityContext,
  ): Result<CertificateAuthority, IdentityError> {
    const path = parseCertificatesPem(files.chainPem);
    if (path.kind === 'err') return path;
    const keys = keyPairFromPem(files.keyPem);
    if (keys.kind === 'err') return keys;
    const problem = pathProblem(path.value, keys.value.publicKey);
    if (problem !== undefined) return refuseIdentity('MESH_CERTIFICATE', problem);
    return ok(new CertificateAuthority(keys.value, path.value, context));
  }

  /** This authority's own certificate. */
  get certificate(): X509Certificate {
    return this.path[0] as X509Certificate;
  }

  get root(): X509Certificate {
    return this.path.at(-1) as X509Certificate;
  }

  /** The key pair, for writing it to a file; the private half stays wrapped. */
  get keys(): KeyPair {
    return this.#keys;
  }

  /** This authority and the ones above it, root last, as `load` reads them. */
  get pathPem(): string {
    return certificatesToPem(this.path);
  }

  /** Makes an authority below this one. */
  async createIntermediate(options: AuthorityOptions): Promise<Result<CertificateAuthority, IdentityError>> {
    const own = readCertificate(this.certificate);
    const room = own.kind === 'ok' ? own.value.basicConstraints.pathLength : 0;
    const pathLength = options.pathLength ?? 0;
    if (room !== undefined && pathLength >= room) {
      return refuseIdentity(
        'MESH_CERTIFICATE',
        `${describeCertificate(this.certificate)} allows ${room} authorities below it, ${pathLength + 1} are asked for`,
      );
    }
    const keys = generateKeyPair(options.keyKind);
    const issuer = { keys: this.#keys, certificate: this.certificate };
    const issued = await makeAuthority({ ...options, pathLength }, keys.publicKey, issuer, this.#context);
    if (issued.kind === 'err') return issued;
    return ok(new CertificateAuthority(keys, [issued.value, ...this.path], this.#context));
  }

  /** A certificate for a server, which clients reach by these DNS names and addresses. */
  issueServer(
    options: IssueOptions & { readonly dnsNames?: readonly string[]; readonly ipAddresses?: readonly string[] },
  ): Result<IssuedCertificate, IdentityError> {
    const { dnsNames = [], ipAddresses = [], publicKey, validForMs } = options;
    const first = dnsNames[0] ?? ipAddresses[0];
    if (first === undefined) return refuseIdentity('MESH_CERTIFICATE', 'a server certificate needs a name');
    // The common name is for people only; names are compared with the subject alternative names.
    const names = { commonName: first.slice(0, 64), dnsNames, ipAddresses };
    return this.#issueLeaf({ names, publicKey, validForMs, usages: [LEAF_USAGE.serverAuth] });
  }

  /** A certificate for a client of a Kubernetes API: the common name is the user, organizations are its groups. */
  issueClient(
    options: IssueOptions & { readonly user: string; readonly groups?: readonly string[] },
  ): Result<IssuedCertificate, IdentityError> {
    const { user, groups = [], publicKey, validForMs } = options;
    return this.#issueLeaf({
      names: { commonName: user, organizations: groups },
      publicKey,
      validForMs,
      usages: [LEAF_USAGE.clientAuth],
    });
  }

  /** A certificate for a workload, for both ends of connections; its only subject is the SPIFFE identity (X509-SVID §4). */
  issueWorkload(
    options: IssueOptions & { readonly spiffeId: string; readonly dnsNames?: readonly string[] },
  ): Result<IssuedCertificate, IdentityError> {
    const { spiffeId, dnsNames = [], publicKey, validForMs } = options;
    const id = parseSpiffeId(spiffeId);
    if (id.kind === 'err') return id;
    if (id.value.path === '') {
      return refuseIdentity('MESH_SPIFFE_ID', `${spiffeId} names a trust domain, not a workload`);
    }
    return this.#issueLeaf({
      names: { spiffeId, dnsNames },
      publicKey,
      validForMs,
      usages: [LEAF_USAGE.serverAuth, LEAF_USAGE.clientAuth],
    });
  }

  #issueLeaf(wishes: LeafWishes): Result<IssuedCertificate, IdentityError> {
    const { clock, random, maxLeafMs = DEFAULT_MAX_LEAF_MS } = this.#context;
    const { publicKey, usages, validForMs } = wishes;
    if (validForMs > maxLeafMs) {
      return refuseIdentity('MESH_CERTIFICATE', `a validity of ${validForMs} ms is longer than ${maxLeafMs} ms`);
    }
    const names = checkNames(wishes.names);
    if (names.kind === 'err') return names;
    const keyKind = checkPublicKey(publicKey);
    if (keyKind.kind === 'err') return keyKind;
    const validity = validityOf(validForMs, this.certificate, clock);
    if (validity.kind === 'err') return validity;
    const signed = signLeaf(
      {
        serialNumber: serialNumber(random),
        names: names.value,
        publicKey,
        keyKind: keyKind.value,
        usages,
        ...validity.value,
      },
      { keys: this.#keys, certificate: this.certificate },
    );
    if (signed.kind === 'err') return signed;
    const chain = [signed.value, ...this.path.slice(0, -1)];
    return ok({ certificate: signed.value, chain, chainPem: certificatesToPem(chain), ...validity.value });
  }
}

/** What of a leaf differs from one kind to the next. */
interface LeafWishes {
  readonly names: CertificateNames;
  readonly publicKey: KeyObject;
  readonly validForMs: number;
  readonly usages: readonly string[];
}

/** Checks what a new authority is to be, and makes its certificate. */
async function makeAuthority(
  options: AuthorityOptions,
  publicKey: KeyObject,
  issuer: { readonly keys: KeyPair; readonly certificate: X509Certificate | undefined },
  context: AuthorityContext,
): Promise<Result<X509Certificate, IdentityError>> {
  const { commonName, pathLength, trustDomain, validForMs } = options;
  const problem = trustDomain === undefined ? undefined : trustDomainProblem(trustDomain);
  if (problem !== undefined) return refuseIdentity('MESH_SPIFFE_ID', `invalid trust domain: ${problem}`);
  const spiffeId = trustDomain === undefined ? {} : { spiffeId: `spiffe://${trustDomain}` };
  const names = checkNames({ commonName, ...spiffeId });
  if (names.kind === 'err') return names;
  const validity = validityOf(validForMs, issuer.certificate, context.clock);
  if (validity.kind === 'err') return validity;
  const profile = { names: names.value, publicKey, pathLength, ...validity.value };
  return signAuthority({ serialNumber: serialNumber(context.random), ...profile }, issuer);
}

/** A certificate never outlives its issuer: it would fail in a way that nobody who looks at it can explain. */
function validityOf(
  validForMs: number,
  issuer: X509Certificate | undefined,
  clock: Clock,
): Result<{ readonly notBeforeMs: number; readonly notAfterMs: number }, IdentityError> {
  if (!(Number.isFinite(validForMs) && validForMs >= 1_000)) {
    return refuseIdentity('MESH_CERTIFICATE', `a validity of ${validForMs} ms is shorter than a second`);
  }
  const nowMs = clock.now();
  const fromMs = Math.max(nowMs - BACKDATE_MS, issuer?.validFromDate.getTime() ?? 0);
  const toMs = Math.min(nowMs + validForMs, issuer?.validToDate.getTime() ?? Number.POSITIVE_INFINITY);
  if (issuer !== undefined && (toMs <= nowMs || fromMs > nowMs)) {
    const state = toMs <= nowMs ? 'has expired' : 'is not valid yet';
    return refuseIdentity('MESH_CERTIFICATE', `the authority's ${describeCertificate(issuer)} ${state}`, {
      hint: 'check the clock of this machine, or renew the authority',
    });
  }
  // X.509 counts whole seconds.
  const seconds = (ms: number) => Math.floor(ms / 1_000) * 1_000;
  return ok({ notBeforeMs: seconds(fromMs), notAfterMs: seconds(toMs) });
}

/** 128 bits, positive and always of the same length (RFC 5280 §4.1.2.2 allows up to 20 bytes). */
function serialNumber(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes;
}

/** Why certificates read from files are no authority with its way to the root, or undefined when they are. */
function pathProblem(path: readonly X509Certificate[], publicKey: KeyObject): string | undefined {
  const unreadable = path.map(publicKeyOf).find((key) => key.kind === 'err');
  if (unreadable !== undefined) return unreadable.error.message;
  const [own] = path;
  if (own === undefined || !samePublicKey(own.publicKey, publicKey)) {
    return 'the private key does not belong to the first certificate';
  }
  for (const [index, certificate] of path.entries()) {
    const details = readCertificate(certificate);
    if (details.kind === 'err') return details.error.message;
    if (!details.value.basicConstraints.isCa) return `${describeCertificate(certificate)} is no certificate authority`;
    const issuer = path[index + 1] ?? certificate;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      const wanted = index === path.length - 1 ? 'itself, so the root is missing' : 'the next certificate';
      return `${describeCertificate(certificate)} is not signed by ${wanted}`;
    }
  }
  return undefined;
}
