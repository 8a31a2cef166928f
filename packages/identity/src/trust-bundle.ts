import type { X509Certificate } from 'node:crypto';
import { andThen, ok, type Result } from '@weft/core';
import { type IdentityError, refuseIdentity } from './identity-error.ts';
import { checkPublicKey } from './keys.ts';
import { certificatesToPem, parseCertificatesPem } from './pem.ts';
import { type SpiffeId, trustDomainProblem } from './spiffe-id.ts';
import { type VerifyChainOptions, verifyChain } from './verify-chain.ts';
import { describeCertificate, publicKeyOf, readCertificate, spiffeIdOf } from './x509-info.ts';

/** A peer whose certificate has been checked. */
export interface VerifiedPeer {
  readonly id: SpiffeId;
  /** From the leaf to the root. */
  readonly path: readonly X509Certificate[];
}

type Roots = ReadonlyMap<string, readonly X509Certificate[]>;

/** The roots each trust domain is believed by; every change makes a new bundle. */
export class TrustBundle {
  /** No trust at all. */
  static readonly empty: TrustBundle = new TrustBundle(new Map());

  readonly #roots: Roots;

  private constructor(roots: Roots) {
    this.#roots = roots;
  }

  /** A bundle for one trust domain from PEM blocks. */
  static parsePem(trustDomain: string, pem: string): Result<TrustBundle, IdentityError> {
    const certificates = parseCertificatesPem(pem);
    return certificates.kind === 'ok' ? TrustBundle.empty.with(trustDomain, certificates.value) : certificates;
  }

  get trustDomains(): readonly string[] {
    return [...this.#roots.keys()];
  }

  /** The roots of a trust domain; none when it is not known. */
  roots(trustDomain: string): readonly X509Certificate[] {
    return this.#roots.get(trustDomain) ?? [];
  }

  /** A bundle with these roots too; what is no certificate authority is refused. */
  with(trustDomain: string, roots: readonly X509Certificate[]): Result<TrustBundle, IdentityError> {
    const problem = trustDomainProblem(trustDomain);
    if (problem !== undefined) return refuseIdentity('MESH_SPIFFE_ID', `invalid trust domain: ${problem}`);
    for (const root of roots) {
      const details = readCertificate(root);
      if (details.kind === 'err') return details;
      const key = andThen(publicKeyOf(root), checkPublicKey);
      if (key.kind === 'err') return key;
      if (!details.value.basicConstraints.isCa) {
        return refuseIdentity('MESH_CERTIFICATE', `${describeCertificate(root)} is no certificate authority`, {
          hint: 'a trust bundle holds the roots that sign, not the certificates they signed',
        });
      }
    }
    return ok(this.#add(trustDomain, roots));
  }

  /** A bundle without one root, or without the whole trust domain. */
  without(trustDomain: string, root?: X509Certificate): TrustBundle {
    const rest = root === undefined ? [] : this.roots(trustDomain).filter((other) => !isSame(other, root));
    const next = new Map(this.#roots);
    if (rest.length === 0) next.delete(trustDomain);
    else next.set(trustDomain, Object.freeze(rest));
    return new TrustBundle(next);
  }

  /** A bundle with the roots of both, as while one root replaces another. */
  merge(other: TrustBundle): TrustBundle {
    return [...other.#roots].reduce<TrustBundle>((merged, [domain, roots]) => merged.#add(domain, roots), this);
  }

  /** Tells whether both bundles trust the same roots for the same trust domains. */
  equals(other: TrustBundle): boolean {
    const print = (bundle: TrustBundle) =>
      [...bundle.#roots]
        .map(([domain, roots]) => [domain, ...roots.map((root) => root.fingerprint256).sort()].join())
        .sort();
    return print(this).join('\n') === print(other).join('\n');
  }

  /** The roots of a trust domain as PEM blocks. */
  toPem(trustDomain: string): string {
    return certificatesToPem(this.roots(trustDomain));
  }

  /** Checks a workload's chain, leaf first, against the roots of the trust domain that its identity names. */
  verifyPeer(chain: readonly X509Certificate[], options: VerifyChainOptions): Result<VerifiedPeer, IdentityError> {
    const [leaf] = chain;
    if (leaf === undefined) return refuseIdentity('MESH_CERTIFICATE_UNTRUSTED', 'the peer sent no certificate');
    const id = spiffeIdOf(leaf);
    if (id.kind === 'err') return id;
    const { trustDomain, path, uri } = id.value;
    // X509-SVID §5.2: a leaf names a workload, never only a trust domain.
    if (path === '') return refuseIdentity('MESH_CERTIFICATE_UNTRUSTED', `${uri} names a trust domain, not a workload`);
    if (this.roots(trustDomain).length === 0) {
      const known = this.trustDomains.join(', ') || 'none';
      return refuseIdentity('MESH_CERTIFICATE_UNTRUSTED', `trust domain ${trustDomain} of ${uri} is not trusted`, {
        hint: `trusted: ${known}`,
      });
    }
    const verified = verifyChain(chain, this.roots(trustDomain), options);
    return verified.kind === 'ok' ? ok({ id: id.value, path: verified.value }) : verified;
  }

  #add(trustDomain: string, roots: readonly X509Certificate[]): TrustBundle {
    const all = [...this.roots(trustDomain)];
    for (const root of roots) if (!all.some((other) => isSame(other, root))) all.push(root);
    if (all.length === 0) return this;
    return new TrustBundle(new Map(this.#roots).set(trustDomain, Object.freeze(all)));
  }
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256;
}
