/** The authority of a mesh with all of its parts, as a control plane runs it. */
import type { X509Certificate } from 'node:crypto';
import type { Clock, Logger, Random, ReadonlyWatch } from '@weft/core';
import type { KeyKind } from '@weft/identity';
import type { KubeClient } from '@weft/kube/client';
import type { Authenticator } from './attest/authenticator.ts';
import { clientCertificate } from './attest/client-certificate.ts';
import { JoinTokens } from './attest/join-tokens.ts';
import { reviewWith, TokenReviewAuthenticator } from './attest/token-review.ts';
import type { AuthorityState } from './authority-state.ts';
import { certificateService, type UnaryHandler } from './issuing/certificate-service.ts';
import { DEFAULT_WORKLOAD_VALIDITY, WorkloadIssuer, type WorkloadValidity } from './issuing/workload-issuer.ts';
import { AuthorityKeeper } from './keeping/authority-keeper.ts';
import { pluggedInSecret } from './keeping/plugged-in.ts';
import { pluggedInFolder } from './keeping/plugged-in-folder.ts';
import { kubeSecretStore } from './keeping/secret-store.ts';
import { CaMetrics } from './metrics.ts';

/** How the authority of a mesh works. */
export interface MeshAuthorityOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly trustDomain: string;
  /** The root namespace of the mesh, where the Secrets are; `istio-system` unless given. */
  readonly namespace?: string;
  /** A folder with the files of a plugged-in authority, which goes before the Secret `cacerts`. */
  readonly folder?: string;
  /** Of a root that the mesh makes; P-256 unless given. */
  readonly keyKind?: KeyKind;
  /** Of a root that the mesh makes; ten years unless given. */
  readonly rootValidForMs?: number;
  readonly workloadValidity?: WorkloadValidity;
  /** The share of its life that a root has left when it is replaced; 0.2 unless given. */
  readonly renewAtLeft?: number;
  /** How long a new root is known before it signs; 10 minutes unless given. */
  readonly minAnnounceMs?: number;
  /** Audiences of service-account tokens; `istio-ca` unless given. */
  readonly audiences?: readonly string[];
  /** Tells whether every proxy of the mesh trusts these roots by now; only time decides unless given. */
  readonly isDistributed?: (roots: readonly X509Certificate[]) => boolean;
}

const DAY_MS = 86_400_000;
const DEFAULT_ROOT_MS = 3650 * DAY_MS;
const DEFAULT_RENEW_AT_LEFT = 0.2;
const DEFAULT_MIN_ANNOUNCE_MS = 600_000;

/** See the file's head. */
export class MeshAuthority {
  readonly keeper: AuthorityKeeper;
  readonly issuer: WorkloadIssuer;
  readonly metrics: CaMetrics = new CaMetrics();
  readonly joinTokens: JoinTokens;
  /** For services other than the certificate API, such as xDS: a join token is good for a certificate and nothing else. */
  readonly peerAuthenticators: readonly Authenticator[];
  /** Handles `CREATE_CERTIFICATE`. */
  readonly createCertificate: UnaryHandler;

  constructor(options: MeshAuthorityOptions) {
    const { audiences, clock, client, random, trustDomain, workloadValidity = DEFAULT_WORKLOAD_VALIDITY } = options;
    const log = options.log.named('ca');
    this.keeper = createKeeper(options, workloadValidity, log);
    const { state } = this.keeper;
    this.issuer = new WorkloadIssuer(state, workloadValidity);
    this.joinTokens = new JoinTokens({ clock, random, trustDomain });
    const review = {
      clock,
      trustDomain,
      review: reviewWith(client),
      ...(audiences === undefined ? {} : { audiences }),
    };
    // What can be checked here comes before what the API server is asked.
    const certificates = clientCertificate({ clock, trustDomain, state });
    const tokens = new TokenReviewAuthenticator(review);
    this.peerAuthenticators = [certificates, tokens];
    this.createCertificate = certificateService({
      authenticators: [certificates, this.joinTokens, tokens],
      issuer: this.issuer,
      metrics: this.metrics,
      log,
    });
  }

  /** What issues and what is trusted; undefined until `start` is done. */
  get state(): ReadonlyWatch<AuthorityState | undefined> {
    return this.keeper.state;
  }

  /** Finds or makes the authority; rejects when there is one that cannot be used. */
  start(): Promise<AuthorityState> {
    return this.keeper.start();
  }

  close(): Promise<void> {
    return this.keeper.close();
  }
}

function createKeeper(options: MeshAuthorityOptions, validity: WorkloadValidity, log: Logger): AuthorityKeeper {
  const { client, clock, folder, isDistributed, namespace = 'istio-system', random, trustDomain } = options;
  const secret = (name: string, type: string) => kubeSecretStore(client, { namespace, name, type });
  return new AuthorityKeeper({
    // Servers of the mesh may have certificates for longer than workloads.
    context: { clock, random, maxLeafMs: Math.max(validity.maxMs, DEFAULT_WORKLOAD_VALIDITY.maxMs) },
    log,
    trustDomain,
    pluggedIn: [
      ...(folder === undefined ? [] : [pluggedInFolder(folder, { clock, log })]),
      pluggedInSecret(secret('cacerts', 'Opaque')),
    ],
    selfSigned: {
      store: secret('istio-ca-secret', 'istio.io/ca-root'),
      root: { validForMs: options.rootValidForMs ?? DEFAULT_ROOT_MS, keyKind: options.keyKind ?? 'P-256' },
    },
    policy: {
      renewAtLeft: options.renewAtLeft ?? DEFAULT_RENEW_AT_LEFT,
      minAnnounceMs: options.minAnnounceMs ?? DEFAULT_MIN_ANNOUNCE_MS,
      retainMs: Math.max(validity.maxMs, DEFAULT_WORKLOAD_VALIDITY.maxMs),
    },
    ...(isDistributed === undefined ? {} : { isDistributed }),
  });
}
