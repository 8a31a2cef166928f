/** TLS towards the clients of a filter chain. */
import { createHash } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { CoarseTimers, Logger } from '@weft/core';
import type { DownstreamTlsRuntime } from '@weft/engine';
import { secretKeyOf } from '../../secrets/secret-key.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';
import type { ByteStream } from '../byte-stream.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import { chooseCertificates, findByName } from './certificate-names.ts';
import { ContextCell } from './context-cell.ts';
import { type ContextParts, settingsOf } from './context-parts.ts';
import { createContext, type ResumptionSettings, type TlsSettings } from './tls-settings.ts';
import type { TlsStats } from './tls-stats.ts';
import { acceptTls, type Detachable, type Handshake } from './tls-stream.ts';
import { fingerprintOf } from './validation-policy.ts';

/** What TLS towards clients is made of. */
export interface DownstreamTlsParts {
  readonly runtime: DownstreamTlsRuntime;
  readonly store: SecretStore;
  readonly stats: TlsStats;
  readonly logger: Logger;
  readonly timers: CoarseTimers;
  /** 0 for no bound. */
  readonly handshakeTimeoutMs: number;
  /** Whose it is, for the log. */
  readonly owner: string;
}

/** Takes the outcome; exactly one of the two is called. */
export interface DownstreamTlsHandler {
  onSecure(stream: ByteStream): void;
  /** The connection has been closed. */
  onFailure(reason: 'failed' | 'timeout' | 'notReady'): void;
}

interface ServerContext {
  readonly settings: TlsSettings;
  readonly context: SecureContext;
  readonly contextFor: ((serverName: string) => SecureContext | undefined) | undefined;
}

/** See the file's head. */
export class DownstreamTls {
  readonly #parts: DownstreamTlsParts;
  readonly #cell: ContextCell<ServerContext>;

  /** Throws what is wrong with keys and certificates that are there. */
  constructor(parts: DownstreamTlsParts) {
    this.#parts = parts;
    const { runtime, store, stats, logger, owner } = parts;
    const ticketKey = runtime.ticketKeys && secretKeyOf(runtime.ticketKeys);
    this.#cell = new ContextCell({
      runtime,
      moreSecrets: ticketKey === undefined ? [] : [ticketKey],
      store,
      stats,
      logger,
      owner,
      create: (resolved) => this.#create(resolved),
    });
  }

  /** Runs the handshake on an accepted connection. Undefined when it has been refused at once. */
  accept(
    stream: ByteStream,
    connection: ConnectionInfo,
    first: Buffer | undefined,
    handler: DownstreamTlsHandler,
  ): Handshake | undefined {
    const { runtime, stats, logger, timers, handshakeTimeoutMs, owner } = this.#parts;
    const current = this.#cell.current;
    if (current === undefined) {
      stats.countNotReady();
      handler.onFailure('notReady');
      return undefined;
    }
    const { peers } = current.settings;
    const isRequired = runtime.requiresClientCertificate || peers?.isNeeded === true;
    const clientCertificate = isRequired ? 'required' : peers === undefined ? 'none' : 'optional';
    let timer: { cancel(): void } | undefined;
    const handshake = acceptTls(
      stream as Detachable,
      connection,
      { ...current, first, clientCertificate },
      {
        onSecure: (secure, facts) => {
          timer?.cancel();
          stats.countHandshake(facts);
          handler.onSecure(secure);
        },
        onHandshakeFailure: ({ message }, refusal) => {
          timer?.cancel();
          stats.countFailure(refusal);
          connection.transportFailureReason = message;
          const { directRemote, requestedServerName } = connection;
          logger.debug('a TLS handshake with a client has failed', () => ({
            owner,
            reason: message,
            client: directRemote.text,
            serverName: requestedServerName,
          }));
          handler.onFailure('failed');
        },
      },
    );
    if (handshakeTimeoutMs > 0) {
      timer = timers.set(handshakeTimeoutMs, () => {
        handshake.cancel();
        handler.onFailure('timeout');
      });
    }
    return {
      cancel: () => {
        timer?.cancel();
        handshake.cancel();
      },
    };
  }

  /** Looks at secrets no more. */
  close(): void {
    this.#cell.close();
  }

  #create(parts: ContextParts): ServerContext | undefined {
    const { runtime } = this.#parts;
    const keys = this.#ticketKeys();
    if (keys === 'missing') return undefined;
    const { byDefault, byName } = chooseCertificates(parts.certificates);
    const { validation } = parts;
    const settings = settingsOf(runtime.parameters, runtime.alpn, { certificates: byDefault, validation });
    const resumption = this.#resumption(keys, parts, settings);
    const context = createContext(settings, resumption);
    const contexts = new Map(
      [...byName].map(([name, certificates]) => {
        const own = settingsOf(runtime.parameters, runtime.alpn, { certificates, validation });
        return [name, createContext(own, resumption)] as const;
      }),
    );
    const contextFor = contexts.size === 0 ? undefined : (name: string) => findByName(contexts, name);
    return { settings, context, contextFor };
  }

  #ticketKeys(): readonly Uint8Array[] | undefined | 'missing' {
    const { runtime, store } = this.#parts;
    const { ticketKeys: source } = runtime;
    if (source === undefined) return undefined;
    if (source.kind === 'inline') return source.value;
    const key = secretKeyOf(source);
    const secret = key === undefined ? undefined : store.get(key);
    return secret?.kind === 'ticketKeys' ? secret.keys : 'missing';
  }

  #resumption(
    keys: readonly Uint8Array[] | undefined,
    { certificates, validation }: ContextParts,
    { peers }: TlsSettings,
  ): ResumptionSettings {
    const { hasTickets, sessionTimeoutMs, requiresClientCertificate } = this.#parts.runtime;
    const hash = createHash('sha256').update(fingerprintOf(peers, validation));
    hash.update(String(requiresClientCertificate));
    for (const { chain } of certificates) hash.update(chain);
    return {
      ticketKeys: keys?.[0] === undefined ? undefined : nodeTicketKeys(keys[0]),
      hasTickets,
      sessionIdContext: hash.digest('hex').slice(0, SESSION_ID_CONTEXT_CHARS),
      timeoutS: sessionTimeoutMs === undefined ? undefined : Math.max(1, Math.round(sessionTimeoutMs / 1000)),
    };
  }
}

/** OpenSSL's SSL_MAX_SID_CTX_LENGTH. */
const SESSION_ID_CONTEXT_CHARS = 32;

const NAME_BYTES = 16;
const KEY_BYTES = 16;
const ENVOY_KEY_BYTES = 32;

/**
 * A name of 16 bytes, then a key for the HMAC and one for AES. Envoy's are of 32 bytes, Node's of 16: the first half of each, so that all proxies with
 * the same keys take each other's tickets. Node has room for one set of keys: the first, which is the one for new tickets.
 */
function nodeTicketKeys(key: Uint8Array): Buffer {
  const hmac = NAME_BYTES;
  const aes = hmac + ENVOY_KEY_BYTES;
  return Buffer.concat([
    key.subarray(0, NAME_BYTES),
    key.subarray(hmac, hmac + KEY_BYTES),
    key.subarray(aes, aes + KEY_BYTES),
  ]);
}
