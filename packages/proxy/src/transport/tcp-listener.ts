/** Accepts connections and makes byte streams of them. */
import { once } from 'node:events';
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { removeAbandoned } from './abandoned-path.ts';
import type { ByteStream } from './byte-stream.ts';
import { ConnectionInfo } from './connection-info.ts';
import { DuplexStream } from './duplex-stream.ts';
import { HandleStream } from './handle-stream.ts';
import {
  type GivenSocket,
  type ListeningSockets,
  type ListenPlace,
  type SocketRequest,
  socketKey,
} from './listening-sockets.ts';
import { type HandleAddress, nodeHandles, type StreamHandle } from './node-handles.ts';
import { PipeAddress, SocketAddress } from './socket-address.ts';
import { isAbstractPath, systemPath } from './socket-path.ts';
import { inCallback } from './turn.ts';

/** An accepted connection: its stream, and what is known of it so far. */
export interface Accepted {
  readonly stream: ByteStream;
  readonly connection: ConnectionInfo;
}

/** How a listener accepts. */
export interface TcpListenerOptions {
  readonly listen: ListenPlace;
  readonly onAccept: (accepted: Accepted) => void;
  /** Public sockets instead of Node's handles: the fallback, and what tests compare with. */
  readonly isPublic?: boolean;
  /** Whether several sockets share the address (SO_REUSEPORT), so that a burst of connections does not wait for its turn one by one. */
  readonly sharesPort?: boolean;
  /** Where sockets may come from that another process has opened, and go to; alone without. */
  readonly sockets?: ListeningSockets;
  /** Who listens, to tell apart those whose port the system chooses. */
  readonly owner?: string;
}

/** libuv accepts one connection of a socket each time round its loop: with one socket, a busy proxy would take few new clients a second. */
export const SOCKETS_PER_ADDRESS = 16;

/** As long as the path of a socket may be, on every system. */
const MAX_PATH_BYTES = 103;

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** A handle that accepts. */
interface ListeningHandle {
  onconnection: (status: number, handle: StreamHandle | undefined) => void;
}

/** A listening address. */
export class TcpListener {
  readonly #servers: Server[] = [];
  #onAccept: (accepted: Accepted) => void;
  readonly #listen: ListenPlace;
  readonly #isPublic: boolean;
  readonly #sharesPort: boolean;
  readonly #sockets: ListeningSockets | undefined;
  readonly #key: string;
  /** Of a pipe: the path in the file system that is to vanish with it. */
  #path: string | undefined = undefined;

  constructor(options: TcpListenerOptions) {
    this.#onAccept = options.onAccept;
    this.#listen = { backlog: 4096, ...options.listen };
    this.#isPublic = options.isPublic === true || nodeHandles === undefined;
    // Elsewhere the system does not spread connections over the sockets, or not evenly.
    this.#sharesPort = options.sharesPort === true && this.#listen.path === undefined && process.platform === 'linux';
    this.#sockets = options.sockets;
    this.#key = socketKey(options.owner ?? '', this.#listen);
  }

  /** Binds and listens; rejects with the system's error. */
  async start(): Promise<void> {
    try {
      const request: SocketRequest = { key: this.#key, listen: this.#listen, sharesPort: this.#sharesPort };
      const given = await this.#sockets?.take(request);
      if (given !== undefined) await this.#listenGiven(given);
      else if (this.#listen.path !== undefined) await this.#listenAtPath(this.#listen.path);
      else if (this.#sharesPort) await this.#listenShared();
      else await this.#listenOn(this.#listen);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    this.#sockets?.add(this.#key, this.#servers);
  }

  /** Where it listens; port 0 has become a real one. */
  get address(): SocketAddress | PipeAddress {
    const [server] = this.#servers;
    if (server === undefined) throw new Error('bug: the listener has not been started');
    if (this.#listen.path !== undefined) return new PipeAddress(this.#listen.path);
    const address = server.address() as AddressInfo;
    return new SocketAddress(address.address, address.port);
  }

  /** Somebody else takes what is accepted from now on. */
  handOver(onAccept: (accepted: Accepted) => void): void {
    this.#onAccept = onAccept;
  }

  /** Stops accepting; what has been accepted goes on. */
  close(): void {
    this.#sockets?.remove(this.#key, this.#servers);
    for (const server of this.#servers) server.close();
    if (this.#path !== undefined && this.#sockets?.keepsPaths !== true) rmSync(this.#path, { force: true });
    this.#path = undefined;
  }

  async #listenGiven(given: readonly GivenSocket[]): Promise<void> {
    // Node takes a handle of its own in this form.
    for (const handle of given)
      await this.#listenOn({ _handle: handle, backlog: this.#listen.backlog } as ListenOptions);
    const { path } = this.#listen;
    if (path !== undefined && !isAbstractPath(path)) this.#path = path;
  }

  /** libuv would remove the path it has bound when the socket closes, even if another process listens on the socket by then: hence another name. */
  async #listenAtPath(path: string): Promise<void> {
    if (isAbstractPath(path)) {
      await this.#listenOn({ ...this.#listen, path: systemPath(path) });
      return;
    }
    await removeAbandoned(path);
    const other = `${path}.${process.pid}`;
    const isPlain = Buffer.byteLength(other) > MAX_PATH_BYTES;
    const bound = isPlain ? path : other;
    await this.#listenOn({ ...this.#listen, path: bound });
    const { mode = 0 } = this.#listen;
    if (mode !== 0) chmodSync(bound, mode);
    if (isPlain) return;
    renameSync(other, path);
    this.#path = path;
  }

  async #listenShared(): Promise<void> {
    if (this.#listen.port !== 0) {
      // A socket that does not share finds out whether another process listens here: to share with it unasked would lose connections to it.
      await this.#listenOn(this.#listen);
      const probe = this.#servers.pop()!;
      probe.close();
      await once(probe, 'close');
    }
    const shared = { ...this.#listen, reusePort: true };
    await this.#listenOn(shared);
    const { port } = this.#servers[0]!.address() as AddressInfo;
    for (let i = 1; i < SOCKETS_PER_ADDRESS; i++) await this.#listenOn({ ...shared, port });
  }

  async #listenOn(options: ListenOptions): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#acceptSocket(socket),
    );
    server.listen(options);
    await once(server, 'listening');
    this.#servers.push(server);
    if (this.#isPublic) return;
    const { _handle: handle } = server as unknown as { _handle: ListeningHandle };
    const own = this.address;
    // A wildcard listener learns from each connection where it was meant to go.
    const local = own instanceof SocketAddress && WILDCARDS.has(own.host) ? undefined : own;
    handle.onconnection = (status, client) => {
      if (status === 0 && client !== undefined) this.#acceptHandle(client, local);
    };
  }

  #acceptHandle(handle: StreamHandle, local: SocketAddress | PipeAddress | undefined): void {
    this.#sockets?.countAccepted();
    handle.setNoDelay?.(true);
    const connection =
      local instanceof PipeAddress
        ? pipeConnection(local)
        : new ConnectionInfo(peerOf(handle), local ?? localOf(handle));
    inCallback(() => this.#onAccept({ stream: new HandleStream(handle, connection), connection }));
  }

  #acceptSocket(socket: Socket): void {
    this.#sockets?.countAccepted();
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const connection =
      remoteAddress === undefined || localAddress === undefined
        ? pipeConnection(this.address)
        : new ConnectionInfo(
            new SocketAddress(remoteAddress, remotePort ?? 0),
            new SocketAddress(localAddress, localPort ?? 0),
          );
    inCallback(() => this.#onAccept({ stream: new DuplexStream(socket, connection), connection }));
  }
}

function pipeConnection(local: SocketAddress | PipeAddress): ConnectionInfo {
  return new ConnectionInfo(new PipeAddress(''), local);
}

function peerOf(handle: StreamHandle): SocketAddress {
  const out: Partial<HandleAddress> = {};
  handle.getpeername?.(out);
  return new SocketAddress(out.address ?? '', out.port ?? 0);
}

function localOf(handle: StreamHandle): SocketAddress {
  const out: Partial<HandleAddress> = {};
  handle.getsockname?.(out);
  return new SocketAddress(out.address ?? '', out.port ?? 0);
}
