/** Makes HTTP connections to hosts: transport, then the codec that was configured or agreed on. */
import type { Clock, CoarseTimers, Random } from '@weft/core';
import type { ClientConnection, ClientConnectionHandler } from '../http/codec.ts';
import { Http1Client, type Http1ClientOptions } from '../http1/client-session.ts';
import { Http2Client } from '../http2/http2-client.ts';
import type { Http2Options } from '../http2/options.ts';
import type { Http2Stats } from '../http2/stats.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import type { PeerName } from './auto-sni.ts';
import type { AttemptHandler, ConnectionAttempt } from './http-pool.ts';
import type { TransportConnect, TransportHost } from './transport-connect.ts';

/** The protocols of a cluster. */
export type UpstreamProtocol = 'http1' | 'http2' | 'alpn';

/** What a connector is made of. */
export interface ConnectorParts {
  readonly transport: TransportConnect;
  readonly http1: Http1ClientOptions;
  readonly http2: Http2Options;
  /** Called for each connection that speaks HTTP/2. */
  readonly http2Stats: () => Http2Stats;
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
  connect(
    host: TransportHost,
    protocol: UpstreamProtocol,
    peerName: PeerName | undefined,
    handler: AttemptHandler,
  ): ConnectionAttempt {
    const purpose = { alpn: ALPN[protocol], downstream: undefined, peerName };
    return this.#parts.transport(host, purpose, {
      onConnect: (stream, info) => {
        const [agreed] = info.applicationProtocols;
        const isHttp2 = protocol === 'http2' || (protocol === 'alpn' && agreed === 'h2');
        handler.onConnected((user) => (isHttp2 ? this.#http2(stream, user) : this.#http1(stream, user)), info, isHttp2);
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
    const client = new Http2Client({ stream, options: http2, stats: http2Stats(), clock, timers, random, handler });
    client.start();
    return client;
  }
}
