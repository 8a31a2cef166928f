/** TLS towards the hosts of a cluster. */
import type { SecureContext } from 'node:tls';
import type { Logger } from '@weft/core';
import type { UpstreamTlsRuntime } from '@weft/engine';
import type { SecretStore } from '../../secrets/secret-store.ts';
import type { ByteStream } from '../byte-stream.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import type { ConnectHandler, Connecting } from '../tcp-connect.ts';
import { ContextCell } from './context-cell.ts';
import { settingsOf } from './context-parts.ts';
import { SessionCache } from './session-cache.ts';
import { createContext, type TlsSettings } from './tls-settings.ts';
import type { TlsStats } from './tls-stats.ts';
import { connectTls, type Detachable } from './tls-stream.ts';

/** What TLS towards upstreams is made of. */
export interface UpstreamTlsParts {
  readonly runtime: UpstreamTlsRuntime;
  readonly store: SecretStore;
  readonly stats: TlsStats;
  readonly logger: Logger;
  /** Whose it is, for the log. */
  readonly owner: string;
}

/** What a connection is wanted for. */
export interface UpstreamTlsPurpose {
  /** Counts where the configuration names no protocols. */
  readonly alpn: readonly string[];
  /** What a request says of the name to ask for, and of the one that the certificate must have. */
  readonly peerName:
    | { readonly serverName: string | undefined; readonly certificateName: string | undefined }
    | undefined;
}

interface ClientContext {
  readonly settings: TlsSettings;
  readonly context: SecureContext;
}

/** See the file's head. */
export class UpstreamTls {
  readonly #parts: UpstreamTlsParts;
  readonly #cell: ContextCell<ClientContext>;
  readonly #sessions: SessionCache;

  /** Throws what is wrong with keys and certificates that are there. */
  constructor(parts: UpstreamTlsParts) {
    this.#parts = parts;
    const { runtime, store, stats, logger, owner } = parts;
    this.#sessions = new SessionCache(runtime.maxSessionKeys);
    this.#cell = new ContextCell({
      runtime,
      moreSecrets: [],
      store,
      stats,
      logger,
      owner,
      create: (resolved) => {
        const settings = settingsOf(runtime.parameters, runtime.alpn, resolved);
        this.#sessions.clear();
        return { settings, context: createContext(settings) };
      },
    });
  }

  /** Why there can be no connections now; undefined when there can. */
  get refusal(): string | undefined {
    return this.#cell.current === undefined ? 'TLS error: Secret is not supplied by SDS' : undefined;
  }

  /** Runs the handshake on a connection that is up. */
  connect(
    stream: ByteStream,
    connection: ConnectionInfo,
    { alpn, peerName }: UpstreamTlsPurpose,
    handler: ConnectHandler,
  ): Connecting {
    const { runtime, stats, logger, owner } = this.#parts;
    const current = this.#cell.current;
    if (current === undefined) {
      stats.countNotReady();
      stream.destroy();
      queueMicrotask(() => handler.onConnectFailure({ kind: 'tls', message: this.refusal ?? '' }));
      return { cancel: () => undefined };
    }
    const { context } = current;
    const settings = settingsFor(current.settings, alpn, peerName?.certificateName);
    const serverName = peerName?.serverName ?? runtime.sni;
    const key = `${connection.directRemote.text} ${serverName}`;
    const keepsSessions = runtime.maxSessionKeys > 0;
    return connectTls(
      stream as Detachable,
      connection,
      {
        settings,
        context,
        serverName,
        session: keepsSessions ? this.#sessions.take(key) : undefined,
        onSession: keepsSessions ? (session) => this.#sessions.put(key, session) : undefined,
      },
      {
        onSecure: (secure, facts) => {
          stats.countHandshake(facts);
          handler.onConnect(secure, connection);
        },
        onHandshakeFailure: (fault, refusal) => {
          stats.countFailure(refusal);
          const host = connection.directRemote.text;
          logger.debug('a TLS handshake with an upstream has failed', () => ({ owner, reason: fault.message, host }));
          handler.onConnectFailure({ kind: 'tls', message: `TLS_error: ${fault.message}` });
        },
      },
    );
  }

  /** Looks at secrets no more. */
  close(): void {
    this.#cell.close();
  }
}

function settingsFor(settings: TlsSettings, alpn: readonly string[], certificateName: string | undefined): TlsSettings {
  const { peers } = settings;
  const protocols = settings.alpn.length > 0 ? settings.alpn : alpn;
  if (certificateName === undefined || peers === undefined) {
    return protocols === settings.alpn ? settings : { ...settings, alpn: protocols };
  }
  return { ...settings, alpn: protocols, peers: { ...peers, check: peers.checkFor(certificateName) } };
}
