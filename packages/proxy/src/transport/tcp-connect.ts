/** Connects to an address and makes a byte stream of the connection. */
import { connect as connectSocket } from 'node:net';
import type { ByteStream, StreamFault } from './byte-stream.ts';
import { ConnectionInfo } from './connection-info.ts';
import { DuplexStream } from './duplex-stream.ts';
import { HandleStream } from './handle-stream.ts';
import {
  type ConnectingHandle,
  type ConnectRequest,
  type HandleAddress,
  type NodeHandles,
  nodeHandles,
} from './node-handles.ts';
import { PipeAddress, SocketAddress } from './socket-address.ts';
import { systemPath } from './socket-path.ts';
import { faultOfError, faultOfStatus } from './system-error.ts';
import { inCallback } from './turn.ts';

/** Where to connect to, and how. */
export interface ConnectTarget {
  /** A numeric IP address, or the path of a Unix socket. */
  readonly host: string;
  /** Undefined for a Unix socket. */
  readonly port: number | undefined;
  /** The address to connect from. */
  readonly source?: { readonly host: string; readonly port: number };
  /** TCP keepalive probes begin after this many idle seconds; off without. */
  readonly keepaliveS?: number;
  /** Public sockets instead of Node's handles. */
  readonly isPublic?: boolean;
}

/** Takes the outcome of one attempt; exactly one of the two is called, later. */
export interface ConnectHandler {
  onConnect(stream: ByteStream, connection: ConnectionInfo): void;
  onConnectFailure(fault: StreamFault): void;
}

/** An attempt under way. */
export interface Connecting {
  /** Gives up: no callback follows. */
  cancel(): void;
}

/** Begins to connect. */
export function connectTcp(target: ConnectTarget, handler: ConnectHandler): Connecting {
  if (nodeHandles === undefined || target.isPublic === true) return connectPublic(target, handler);
  return new HandleConnect(nodeHandles, target, handler);
}

class HandleConnect implements Connecting {
  readonly #handle: ConnectingHandle;
  readonly #target: ConnectTarget;
  readonly #handler: ConnectHandler;
  #isOver = false;

  constructor(handles: NodeHandles, target: ConnectTarget, handler: ConnectHandler) {
    this.#target = target;
    this.#handler = handler;
    const { tcp, pipe } = handles;
    this.#handle = target.port === undefined ? new pipe.Pipe(pipe.constants.SOCKET) : new tcp.TCP(tcp.constants.SOCKET);
    const request = target.port === undefined ? new pipe.PipeConnectWrap() : new tcp.TCPConnectWrap();
    request.oncomplete = (status) => this.#finish(status);
    const status = this.#start(request);
    // Not from inside this call: its caller has nothing in hand yet.
    if (status !== 0) queueMicrotask(() => this.#finish(status));
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handle.close();
  }

  #start(request: ConnectRequest): number {
    const { host, port, source } = this.#target;
    const handle = this.#handle;
    if (port === undefined) return handle.connect(request, systemPath(host));
    if (source !== undefined) {
      const isV6 = source.host.includes(':');
      const status = isV6 ? handle.bind6!(source.host, source.port, 0) : handle.bind!(source.host, source.port);
      if (status !== 0) return status;
    }
    return host.includes(':') ? handle.connect6!(request, host, port) : handle.connect(request, host, port);
  }

  #finish(status: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    inCallback(() => {
      if (status === 0) this.#connected();
      else {
        this.#handle.close();
        this.#handler.onConnectFailure(faultOfStatus(status));
      }
    });
  }

  #connected(): void {
    const { host, port, keepaliveS } = this.#target;
    const handle = this.#handle;
    handle.setNoDelay?.(true);
    if (keepaliveS !== undefined) handle.setKeepAlive?.(true, keepaliveS);
    const remote = port === undefined ? new PipeAddress(host) : new SocketAddress(host, port);
    const own: Partial<HandleAddress> = {};
    handle.getsockname?.(own);
    const local = port === undefined ? new PipeAddress('') : new SocketAddress(own.address ?? '', own.port ?? 0);
    const connection = new ConnectionInfo(remote, local);
    this.#handler.onConnect(new HandleStream(handle, connection), connection);
  }
}

function connectPublic(target: ConnectTarget, handler: ConnectHandler): Connecting {
  const { host, port, source, keepaliveS } = target;
  const socket = connectSocket({
    ...(port === undefined ? { path: systemPath(host) } : { host, port }),
    ...(source === undefined ? {} : { localAddress: source.host, localPort: source.port }),
    ...(keepaliveS === undefined ? {} : { keepAlive: true, keepAliveInitialDelay: keepaliveS * 1000 }),
    noDelay: true,
    allowHalfOpen: true,
  });
  let isOver = false;
  socket.once('connect', () => {
    if (isOver) return;
    isOver = true;
    const remote = port === undefined ? new PipeAddress(host) : new SocketAddress(host, port);
    const local =
      port === undefined ? new PipeAddress('') : new SocketAddress(socket.localAddress ?? '', socket.localPort ?? 0);
    const connection = new ConnectionInfo(remote, local);
    const stream = new DuplexStream(socket, connection);
    inCallback(() => handler.onConnect(stream, connection));
  });
  socket.on('error', (error) => {
    if (isOver) return;
    isOver = true;
    inCallback(() => handler.onConnectFailure(faultOfError(error)));
  });
  return {
    cancel: () => {
      isOver = true;
      socket.destroy();
    },
  };
}
