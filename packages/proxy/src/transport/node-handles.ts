/**
 * The handles below node:net, for which Node has no public interface: reading into a buffer of ours, and writing without a stream object in
 * between, saves a third of a small request's CPU. Everything internal that the proxy touches is named here, and nowhere else; where Node does not
 * have it, `nodeHandles` is undefined and streams are made of public sockets.
 */

/** A libuv stream: TCP, pipe, or TLS on top of one. */
export interface StreamHandle {
  onread: (this: StreamHandle, buffer: ArrayBuffer | undefined) => void;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  shutdown(request: ShutdownRequest): number;
  close(callback?: () => void): void;
  /** TCP only: closes with a reset. */
  reset?(callback?: () => void): number;
  setNoDelay?(enable: boolean): number;
  setKeepAlive?(enable: boolean, initialDelaySeconds: number): number;
  getpeername?(out: Partial<HandleAddress>): number;
  getsockname?(out: Partial<HandleAddress>): number;
  readonly fd: number;
  /** TLS only: takes encrypted bytes that were read before the handle existed. */
  receive?(bytes: Uint8Array): void;
}

/** What getpeername and getsockname fill in. */
export interface HandleAddress {
  address: string;
  port: number;
  family: string;
}

/** One write under way. */
export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
}

/** One end of writing under way. */
export interface ShutdownRequest {
  oncomplete: (this: ShutdownRequest, status: number) => void;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly ShutdownWrap: new () => ShutdownRequest;
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

/** A TCP or pipe handle that is not connected yet. */
export interface ConnectingHandle extends StreamHandle {
  /** TCP: a numeric address, which must be of the family that the method is for. */
  connect(request: ConnectRequest, address: string, port?: number): number;
  connect6?(request: ConnectRequest, address: string, port: number): number;
  bind?(address: string, port: number): number;
  bind6?(address: string, port: number, flags: number): number;
}

/** A TCP or pipe handle that others are to listen on. */
export interface BindingHandle {
  /** TCP: an address of its family and a port; pipes: a path. */
  bind(address: string, port?: number, flags?: number): number;
  bind6(address: string, port: number, flags: number): number;
  listen(backlog: number): number;
  getsockname(out: { port: number }): number;
  close(): void;
}

/** One attempt to connect. */
export interface ConnectRequest {
  oncomplete: (this: ConnectRequest, status: number) => void;
}

interface TcpBinding {
  readonly TCP: new (kind: number) => ConnectingHandle;
  readonly TCPConnectWrap: new () => ConnectRequest;
  readonly constants: Readonly<Record<'SOCKET' | 'SERVER' | 'UV_TCP_IPV6ONLY' | 'UV_TCP_REUSEPORT', number>>;
}

interface PipeBinding {
  readonly Pipe: new (kind: number) => ConnectingHandle;
  readonly PipeConnectWrap: new () => ConnectRequest;
  readonly constants: Readonly<Record<'SOCKET' | 'SERVER', number>>;
}

/** The internals in use. */
export interface NodeHandles extends StreamBinding {
  readonly tcp: TcpBinding;
  readonly pipe: PipeBinding;
}

function load(): NodeHandles | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => unknown };
  if (typeof binding !== 'function') return undefined;
  const stream = binding('stream_wrap') as Partial<StreamBinding>;
  const tcp = binding('tcp_wrap') as Partial<TcpBinding>;
  const pipe = binding('pipe_wrap') as Partial<PipeBinding>;
  const isComplete =
    typeof stream.WriteWrap === 'function' &&
    typeof stream.ShutdownWrap === 'function' &&
    stream.streamBaseState !== undefined &&
    stream.kReadBytesOrError !== undefined &&
    stream.kLastWriteWasAsync !== undefined &&
    typeof tcp.TCP === 'function' &&
    typeof tcp.TCPConnectWrap === 'function' &&
    typeof pipe.Pipe === 'function' &&
    typeof pipe.PipeConnectWrap === 'function';
  if (!isComplete) return undefined;
  return { ...(stream as StreamBinding), tcp: tcp as TcpBinding, pipe: pipe as PipeBinding };
}

/** Node's internals, or undefined where this Node has none that are known. */
export const nodeHandles: NodeHandles | undefined = load();

/** The handle below a public socket or server; undefined when it has none. */
export function handleOf(socket: object): StreamHandle | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<StreamHandle> | null };
  if (handle === undefined || handle === null || typeof handle.useUserBuffer !== 'function') return undefined;
  return handle as StreamHandle;
}

/** The handle of a TLS session. */
export interface TlsHandle {
  /** What OpenSSL has against the peer's chain; null for nothing. */
  verifyError(): Error | null;
}

/** The handle below a TLS socket; undefined where it cannot tell about the peer. */
export function tlsHandleOf(socket: object): TlsHandle | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<TlsHandle> | null };
  return typeof handle?.verifyError === 'function' ? (handle as TlsHandle) : undefined;
}
