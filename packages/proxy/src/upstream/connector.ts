/** Makes HTTP connections to hosts: transport, then the codec that was configured or agreed on. */
import type { Clock, CoarseTimers, Random } from '@weft/core';
import type { AddressView } from '@weft/engine';
import type { ClientConnection, ClientConnectionHandler } from '../http/codec.ts';
import { Http1Client, type Http1ClientOptions } from '../http1/client-session.ts';
import { Http2Client } from '../http2/http2-client.ts';
import type { Http2Options } from '../http2/options.ts';
import type { Http2Stats } from '../http2/stats.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import type { ConnectHandler, Connecting } from '../transport/tcp-connect.ts';
import type { AttemptHandler, ConnectionAttempt } from './http-pool.ts';

/** Connects to addresses; with TLS, the handler is called when the handshake is complete. */
export type TransportConnect = (address: AddressView, alpn: readonly string[], handler: ConnectHandler) => Connecting;

/** The protocols of a cluster. */
export type UpstreamProtocol = 'http1' | 'http2' | 'alpn';

/** What a connector is made of. */
export interface ConnectorParts {
  readonly transport: TransportConnect;
  readonly http1: Http1ClientOptions;
  readonly http2: Http2Options;
  readonly http2Stats: Http2Stats;
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly random: Random;
}

const ALPN: Readonly<Record<UpstreamProtocol, readonly string[]>> = {
  http1: ['http/1.1'],
  http2: ['h2'],
  alpn: ['h2', 'http/1.1'],
};

/** See the file's head. */
export class HttpConnector {
  readonly #parts: ConnectorParts;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
  }

  /** Begins to connect to a host by a protocol. */
  connect(address: AddressView, protocol: UpstreamProtocol, handler: AttemptHandler): ConnectionAttempt {
    return this.#parts.transport(address, ALPN[protocol], {
      onConnect: (stream, info) => {
        const [agreed] = info.applicationProtocols;
        const isHttp2 = protocol === 'http2' || (protocol === 'alpn' && agreed === 'h2');
        handler.onConnected((user) => (isHttp2 ? this.#http2(stream, user) : this.#http1(stream, user)), info);
      },
      onConnectFailure: ({ message }) => handler.onFailed(message),
    });
  }

  #http1(stream: ByteStream, handler: ClientConnectionHandler): ClientConnection {
    const client = new Http1Client(stream, handler, this.#parts.http1);
    client.start();
    return client;
  }

  #http2(stream: ByteStream, handler: ClientConnectionHandler): ClientConnection {
    const { http2, http2Stats, clock, timers, random } = this.#parts;
    const client = new Http2Client({ stream, options: http2, stats: http2Stats, clock, timers, random, handler });
    client.start();
    return client;
  }
}
