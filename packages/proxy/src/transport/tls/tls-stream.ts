/** TLS on top of a byte stream of the system: the handshake by node:tls, then the bytes straight from its handle. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type SecureContext, TLSSocket } from 'node:tls';
import type { ByteStream, StreamFault } from '../byte-stream.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import { DuplexStream } from '../duplex-stream.ts';
import { HandleStream } from '../handle-stream.ts';
import { handleOf, tlsHandleOf } from '../node-handles.ts';
import { enter, leave } from '../turn.ts';
import { SessionFacts } from './session-facts.ts';
import { judgePeer, type TlsSettings } from './tls-settings.ts';

/** Takes the outcome of a handshake; exactly one of the two is called. */
export interface HandshakeHandler {
  onSecure(stream: ByteStream): void;
  onHandshakeFailure(fault: StreamFault): void;
}

/** A handshake under way. */
export interface Handshake {
  /** Gives up: no callback follows. */
  cancel(): void;
}

/** What the server end needs. */
export interface ServerHandshake {
  readonly settings: TlsSettings;
  readonly context: SecureContext;
  /** What was read of the connection already. */
  readonly first: Buffer | undefined;
  /** A client must show a certificate, may, or is not asked. */
  readonly clientCertificate: 'required' | 'optional' | 'none';
}

/** What the client end needs. */
export interface ClientHandshake {
  readonly settings: TlsSettings;
  readonly context: SecureContext;
  /** Empty sends no SNI. */
  readonly serverName: string;
  /** A session to resume. */
  readonly session: Buffer | undefined;
  readonly onSession: ((session: Buffer) => void) | undefined;
}

/** Something whose connection can be taken away from it. */
export interface Detachable extends ByteStream {
  /** Gives the connection away; the stream is not used any more. */
  detach(): Duplex;
}

/** Runs the server's part of a handshake on an accepted connection. */
export function acceptTls(
  stream: Detachable,
  connection: ConnectionInfo,
  parts: ServerHandshake,
  handler: HandshakeHandler,
): Handshake {
  const raw = stream.detach();
  if (parts.first !== undefined && parts.first.length > 0) raw.unshift(parts.first);
  const { settings, context, clientCertificate } = parts;
  const socket = new TLSSocket(raw as Socket, {
    isServer: true,
    secureContext: context,
    requestCert: clientCertificate !== 'none',
    // OpenSSL's verdict is asked for after the handshake, together with the rules that it does not know.
    rejectUnauthorized: false,
    ...(settings.alpn.length === 0 ? {} : { ALPNCallback: ({ protocols }) => chooseAlpn(settings.alpn, protocols) }),
  });
  const judge = (): string | undefined => {
    const { peers } = settings;
    const peer = socket.getPeerX509Certificate();
    if (peer === undefined) return clientCertificate === 'required' ? 'the client sent no certificate' : undefined;
    return peers === undefined ? undefined : judgePeer(peers, peer, errorOf(socket));
  };
  return finish(socket, connection, 'secure', judge, handler);
}

/** Runs the client's part of a handshake on a connection that is up. */
export function connectTls(
  stream: Detachable,
  connection: ConnectionInfo,
  parts: ClientHandshake,
  handler: HandshakeHandler,
): Handshake {
  const { settings, context, serverName, session, onSession } = parts;
  const socket = connect({
    socket: stream.detach(),
    secureContext: context,
    rejectUnauthorized: false,
    // Whose name is in the certificate is checked by our own rules.
    checkServerIdentity: () => undefined,
    ...(serverName === '' ? {} : { servername: serverName }),
    ...(settings.alpn.length === 0 ? {} : { ALPNProtocols: [...settings.alpn] }),
    ...(session === undefined ? {} : { session }),
  });
  if (onSession !== undefined) socket.on('session', onSession);
  const judge = (): string | undefined => {
    const { peers } = settings;
    return peers === undefined ? undefined : judgePeer(peers, socket.getPeerX509Certificate(), errorOf(socket));
  };
  return finish(socket, connection, 'secureConnect', judge, handler);
}

function finish(
  socket: TLSSocket,
  connection: ConnectionInfo,
  event: 'secure' | 'secureConnect',
  judge: () => string | undefined,
  handler: HandshakeHandler,
): Handshake {
  let isOver = false;
  const fail = (message: string): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    enter();
    handler.onHandshakeFailure({ kind: 'tls', message });
    leave();
  };
  socket.on('error', (error) => fail(messageOf(error)));
  socket.on('close', () => fail('the peer closed the connection during the TLS handshake'));
  socket.on(event, () => {
    if (isOver) return;
    const refusal = judge();
    if (refusal !== undefined) {
      fail(refusal);
      return;
    }
    isOver = true;
    const isValidated = socket.getPeerX509Certificate() !== undefined && errorOf(socket) === undefined;
    connection.tls = new SessionFacts(socket, isValidated);
    connection.transportProtocol = 'tls';
    // What was agreed on, from now on, instead of what was offered.
    if (typeof socket.alpnProtocol === 'string') connection.applicationProtocols = [socket.alpnProtocol];
    enter();
    handler.onSecure(streamOf(socket, connection));
    leave();
  });
  return {
    cancel: () => {
      isOver = true;
      socket.destroy();
    },
  };
}

/** The stream of the session: from its handle where Node has one, else from the socket itself. */
function streamOf(socket: TLSSocket, connection: ConnectionInfo): ByteStream {
  const handle = handleOf(socket);
  if (handle === undefined) return new DuplexStream(socket, connection);
  const stream = new HandleStream(handle, connection, {
    close: (isAbrupt, onClosed) => {
      socket.removeAllListeners('close');
      socket.on('close', onClosed);
      if (isAbrupt) socket.resetAndDestroy();
      else socket.destroy();
    },
  });
  socket.removeAllListeners('error');
  socket.on('error', (error) => stream.fail({ kind: 'tls', message: messageOf(error) }));
  socket.removeAllListeners('close');
  socket.on('close', () => stream.destroy());
  return stream;
}

/** Ours in our order; a client that offers none of them goes on without ALPN, as in Envoy. */
function chooseAlpn(own: readonly string[], offered: readonly string[]): string | undefined {
  return own.find((protocol) => offered.includes(protocol));
}

/** OpenSSL's verdict about the peer's chain; undefined when it is sound. */
function errorOf(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  // Only tls.Server and tls.connect ask OpenSSL by themselves. Whoever cannot be asked has not verified.
  const verdict = tlsHandleOf(socket)?.verifyError();
  if (verdict === null) return undefined;
  return verdict === undefined ? 'UNVERIFIED' : ((verdict as NodeJS.ErrnoException).code ?? verdict.message);
}

/** OpenSSL's reason without the numbers in front of it. */
function messageOf(error: Error): string {
  const { reason } = error as Error & { reason?: string };
  return reason ?? error.message;
}
