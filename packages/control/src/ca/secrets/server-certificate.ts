/** The certificate of the control plane itself, for its xDS, certificate and webhook ports. */
import type { Clock, Logger, Random, ReadonlyWatch, Secret } from '@weft/core';
import { invariant, unwrap } from '@weft/core';
import { generateKeyPair, privateKeyToPem, RotatingCertificate, type Validity } from '@weft/identity';
import type { AuthorityState } from '../authority-state.ts';

/** A certificate with its key and the roots to check clients with, in the forms that TLS options take. */
export interface ServerCertificate extends Validity {
  readonly chainPem: string;
  readonly keyPem: Secret<string>;
}

/** What this works with. */
export interface ServerCertificateOptions {
  readonly state: ReadonlyWatch<AuthorityState | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly dnsNames: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly validForMs?: number;
}

const DEFAULT_VALID_MS = 30 * 86_400_000;

/** The names under which proxies and API servers reach a control plane: Istio's own, so that its clients need no change. */
export function controlPlaneNames(namespace: string, services: readonly string[] = ['istiod']): readonly string[] {
  return services.flatMap((service) => [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
}

/** Issued by the mesh's own authority, renewed at half of its life and whenever another authority takes over. */
export class ControlServerCertificate {
  readonly #rotation: RotatingCertificate<ServerCertificate>;
  readonly #stopState: () => void;

  constructor(options: ServerCertificateOptions) {
    const { clock, dnsNames, ipAddresses = [], log, random, state, validForMs = DEFAULT_VALID_MS } = options;
    this.#rotation = new RotatingCertificate<ServerCertificate>({
      clock,
      random,
      logger: log,
      issue: async () => {
        const known = state.get() ?? (await state.changed());
        invariant(known !== undefined, 'the authority of a mesh does not go away');
        const keys = generateKeyPair();
        const wishes = { publicKey: keys.publicKey, validForMs, dnsNames, ipAddresses };
        const { chainPem, notAfterMs, notBeforeMs } = unwrap(known.authority.issueServer(wishes));
        return { chainPem, keyPem: privateKeyToPem(keys), notBeforeMs, notAfterMs };
      },
    });
    this.#stopState = state.subscribe((next, before) => {
      if (next?.authority.certificate.fingerprint256 !== before?.authority.certificate.fingerprint256)
        this.#rotation.renewNow();
    });
  }

  /** The certificate to serve with; new connections use the newest. */
  get current(): ReadonlyWatch<ServerCertificate | undefined> {
    return this.#rotation.current;
  }

  start(): Promise<ServerCertificate> {
    return this.#rotation.start();
  }

  close(): void {
    this.#stopState();
    this.#rotation.close();
  }
}

/** The roots as webhook configurations carry them in `caBundle`. */
export function webhookCaBundle(state: AuthorityState): string {
  return Buffer.from(state.rootsPem, 'utf8').toString('base64');
}
