import { type Clock, type Random, type Secret, systemClock, systemRandom, unwrap } from '@weft/core';
import {
  CertificateAuthority,
  generateKeyPair,
  type IssuedCertificate,
  type KeyPair,
  privateKeyToPem,
} from '@weft/identity';

/** A certificate with its key, in the forms that TLS options take. */
export interface TestCertificate extends IssuedCertificate {
  readonly keys: KeyPair;
  /** Reveal it where TLS options are made. */
  readonly keyPem: Secret<string>;
}

/** What a throw-away authority may be told. */
export interface TestAuthorityOptions {
  readonly trustDomain?: string;
  /** The real clock unless given: TLS itself looks at the real time. */
  readonly clock?: Clock;
  readonly random?: Random;
}

const HOUR_MS = 3_600_000;

/** A throw-away certificate authority; everything it issues ends within the hour. */
export class TestAuthority {
  readonly trustDomain: string;
  readonly authority: CertificateAuthority;

  private constructor(trustDomain: string, authority: CertificateAuthority) {
    this.trustDomain = trustDomain;
    this.authority = authority;
  }

  static async create(options: TestAuthorityOptions = {}): Promise<TestAuthority> {
    const { trustDomain = 'cluster.local', clock = systemClock, random = systemRandom } = options;
    const about = { commonName: 'test authority', validForMs: 2 * HOUR_MS, trustDomain };
    return new TestAuthority(trustDomain, unwrap(await CertificateAuthority.createRoot(about, { clock, random })));
  }

  /** The root as PEM, for `ca` of TLS options. */
  get caPem(): string {
    return this.authority.pathPem;
  }

  /** A certificate for a loopback server, or for the names given. */
  server(names: { readonly dnsNames?: readonly string[]; readonly ipAddresses?: readonly string[] } = {}) {
    const { dnsNames = ['localhost'], ipAddresses = ['127.0.0.1', '::1'] } = names;
    return this.#issue((base) => this.authority.issueServer({ ...base, dnsNames, ipAddresses }));
  }

  /** A client certificate as Kubernetes reads it. */
  client(user: string, groups: readonly string[] = []): Promise<TestCertificate> {
    return this.#issue((base) => this.authority.issueClient({ ...base, user, groups }));
  }

  /** A workload certificate of this authority's trust domain. */
  workload(namespace: string, serviceAccount: string): Promise<TestCertificate> {
    const spiffeId = `spiffe://${this.trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
    return this.#issue((base) => this.authority.issueWorkload({ ...base, spiffeId }));
  }

  async #issue(
    issue: (base: {
      readonly publicKey: KeyPair['publicKey'];
      readonly validForMs: number;
    }) => ReturnType<CertificateAuthority['issueClient']>,
  ): Promise<TestCertificate> {
    const keys = generateKeyPair();
    const issued = unwrap(issue({ publicKey: keys.publicKey, validForMs: HOUR_MS }));
    return { ...issued, keys, keyPem: privateKeyToPem(keys) };
  }
}
