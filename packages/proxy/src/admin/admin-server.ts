/** The admin interface at work: a listener of its own, served by the same connection manager as everything else. */
import type { CoarseTimers, Random } from '@weft/core';
import type { AdminRuntime } from '@weft/engine';
import type { Deadlines } from '../http/manager/deadlines.ts';
import { HttpManager } from '../http/manager/http-manager.ts';
import { listenPlaceOf } from '../listener/listen-place.ts';
import type { ListeningSockets } from '../transport/listening-sockets.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { TcpListener } from '../transport/tcp-listener.ts';
import { ADMIN_MANAGER } from './admin-manager.ts';
import type { AdminSubject } from './admin-subject.ts';
import { AdminTerminal } from './admin-terminal.ts';

/** What an admin interface is made of. */
export interface AdminServerParts {
  readonly runtime: AdminRuntime;
  readonly subject: AdminSubject;
  readonly random: Random;
  readonly timers: CoarseTimers;
  readonly deadlines: Deadlines;
  readonly sockets: ListeningSockets;
}

const BUFFER_BYTES = 1024 * 1024;
const ORIGIN = { filterChainName: '', listenerMetadata: {}, filterState: undefined };

/** See the file's head. */
export class AdminServer {
  readonly #manager: HttpManager;
  readonly #listener: TcpListener;

  constructor({ runtime, subject, random, timers, deadlines, sockets }: AdminServerParts) {
    this.#manager = new HttpManager({
      runtime: ADMIN_MANAGER,
      clock: subject.clock,
      random,
      timers,
      deadlines,
      scope: subject.stats.scope('http', { tag: 'envoy.http_conn_manager_prefix', value: 'admin' }),
      routes: () => undefined,
      runtimeValues: subject.runtime,
      factories: [],
      createTerminal: (stream) => new AdminTerminal(stream, subject),
      logs: [],
      bufferLimitBytes: BUFFER_BYTES,
    });
    this.#listener = new TcpListener({
      listen: listenPlaceOf(runtime.address),
      onAccept: ({ stream, connection }) => this.#manager.accept(stream, connection, ORIGIN),
      sockets,
      owner: 'admin',
    });
  }

  /** Binds; rejects with the system's error. */
  start(): Promise<void> {
    return this.#listener.start();
  }

  /** Where it listens. */
  get address(): SocketAddress | PipeAddress {
    return this.#listener.address;
  }

  /** Accepts no more; who has asked gets an answer. */
  stop(): void {
    this.#listener.close();
    this.#manager.drain();
  }

  /** Ends everything. */
  close(): void {
    this.#listener.close();
    this.#manager.close();
  }
}
