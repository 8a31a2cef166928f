import { defineBlock, type Scope } from '@weft/telemetry';
import type { RefusalKind } from './judge-peer.ts';
import type { HandshakeFacts } from './tls-stream.ts';

/** What TLS counts, under `listener.<address>.ssl.` and `cluster.<name>.ssl.` (Envoy's TLS statistics). */
const SSL_STATS = defineBlock({
  counters: [
    'connection_error',
    'fail_verify_cert_hash',
    'fail_verify_error',
    'fail_verify_no_cert',
    'fail_verify_san',
    'handshake',
    'no_certificate',
    'ocsp_staple_failed',
    'ocsp_staple_omitted',
    'ocsp_staple_requests',
    'ocsp_staple_responses',
    'session_reused',
    'was_key_usage_invalid',
  ],
});

const SSL = SSL_STATS.at;

/** What is counted of contexts whose secrets come and go. */
const FACTORY_STATS = defineBlock({
  counters: ['downstream_context_secrets_not_ready', 'ssl_context_update_by_sds', 'upstream_context_secrets_not_ready'],
});

/** The counter of each way to refuse a peer. */
const REFUSALS: Readonly<Record<RefusalKind, number>> = {
  noCertificate: SSL.fail_verify_no_cert,
  chain: SSL.fail_verify_error,
  san: SSL.fail_verify_san,
  pin: SSL.fail_verify_cert_hash,
};

/** Counts the handshakes of a listener or a cluster. */
export class TlsStats {
  readonly #scope: Scope;
  readonly #values: Float64Array;
  readonly #factory: Float64Array;
  readonly #notReady: number;

  /** `scope` is that of the listener or the cluster. */
  constructor(scope: Scope, role: 'server' | 'client') {
    this.#scope = scope.child('ssl');
    this.#values = this.#scope.block(SSL_STATS).values;
    this.#factory = scope.child(`${role}_ssl_socket_factory`).block(FACTORY_STATS).values;
    const { at } = FACTORY_STATS;
    this.#notReady =
      role === 'server' ? at.downstream_context_secrets_not_ready : at.upstream_context_secrets_not_ready;
  }

  /** A handshake has succeeded. */
  countHandshake({ isResumed, hasPeerCertificate, version, cipher, group }: HandshakeFacts): void {
    const values = this.#values;
    values[SSL.handshake]! += 1;
    if (isResumed) values[SSL.session_reused]! += 1;
    if (!hasPeerCertificate) values[SSL.no_certificate]! += 1;
    this.#scope.counter('versions', version).inc();
    this.#scope.counter('ciphers', cipher).inc();
    if (group !== undefined) this.#scope.counter('curves', group).inc();
  }

  /** A handshake has failed, for the peer's certificate or otherwise. */
  countFailure(refusal: RefusalKind | undefined): void {
    // Envoy counts either the verification or the connection: a refused certificate is one error, seen from one place.
    this.#values[refusal === undefined ? SSL.connection_error : REFUSALS[refusal]]! += 1;
  }

  /** A connection was refused because a secret is not there. */
  countNotReady(): void {
    this.#factory[this.#notReady]! += 1;
  }

  /** A context was made anew since a secret has changed. */
  countUpdate(): void {
    this.#factory[FACTORY_STATS.at.ssl_context_update_by_sds]! += 1;
  }
}
