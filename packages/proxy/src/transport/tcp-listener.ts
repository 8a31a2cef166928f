/** Accepts connections and makes byte streams of them. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { ByteStream } from './byte-stream.ts';
import { ConnectionInfo } from './connection-info.ts';
import { DuplexStream } from './duplex-stream.ts';
import { HandleStream } from './handle-stream.ts';
import { type HandleAddress, nodeHandles, type StreamHandle } from './node-handles.ts';
import { PipeAddress, SocketAddress } from './socket-address.ts';
import { inCallback } from './turn.ts';

/** An accepted connection: its stream, and what is known of it so far. */
export interface Accepted {
  readonly stream: ByteStream;
  readonly connection: ConnectionInfo;
}

/** How a listener accepts. */
export interface TcpListenerOptions {
  readonly listen: ListenOptions;
  readonly onAccept: (accepted: Accepted) => void;
  /** Public sockets instead of Node's handles: the fallback, and what tests compare with. */
  readonly isPublic?: boolean;
  /** Whether several sockets share the address (SO_REUSEPORT), so that a burst of connections does not wait for its turn one by one. */
  readonly sharesPort?: boolean;
}

/** libuv accepts one connection of a socket each time round its loop: with one socket, a busy proxy would take few new clients a second. */
const SOCKETS_PER_ADDRESS = 16;

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** A handle that accepts. */
interface ListeningHandle {
  onconnection: (status: number, handle: StreamHandle | undefined) => void;
}

/** A listening address. */
export class TcpListener {
  readonly #servers: Server[] = [];
  #onAccept: (accepted: Accepted) => void;
  readonly #listen: ListenOptions;
  readonly #isPublic: boolean;
  readonly #sharesPort: boolean;

  constructor(options: TcpListenerOptions) {
    this.#onAccept = options.onAccept;
    this.#listen = { backlog: 4096, ...options.listen };
    this.#isPublic = options.isPublic === true || nodeHandles === undefined;
    // Elsewhere the system does not spread connections over the sockets, or not evenly.
    this.#sharesPort = options.sharesPort === true && this.#listen.path === undefined && process.platform === 'linux';
  }

  /** Binds and listens; rejects with the system's error. */
  async start(): Promise<void> {
    try {
      if (this.#sharesPort) await this.#listenShared();
      else await this.#listenOn(this.#listen);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  /** Where it listens; port 0 has become a real one. */
  get address(): SocketAddress | PipeAddress {
    const address = this.#servers[0]?.address() ?? null;
    if (address === null) throw new Error('bug: the listener has not been started');
    if (typeof address === 'string') return new PipeAddress(address);
    return new SocketAddress(address.address, address.port);
  }

  /** Stops accepting; what has been accepted goes on. */
  close(): void {
    for (const server of this.#servers) server.close();
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
  /** Somebody else takes what is accepted from now on. */
  handOver(onAccept: (accepted: Accepted) => void): void {
    this.#onAccept = onAccept;
  }

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
    handle.setNoDelay?.(true);
    const connection =
      local instanceof PipeAddress
        ? pipeConnection(local)
        : new ConnectionInfo(peerOf(handle), local ?? localOf(handle));
    inCallback(() => this.#onAccept({ stream: new HandleStream(handle, connection), connection }));
  }

  #acceptSocket(socket: Socket): void {
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
