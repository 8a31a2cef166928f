/** TLS on top of a byte stream of the system: the handshake by node:tls, then the bytes straight from its handle. */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type SecureContext, TLSSocket } from 'node:tls';
import type { ByteStream, StreamFault } from '../byte-stream.ts';
import type { ConnectionInfo } from '../connection-info.ts';
import { DuplexStream } from '../duplex-stream.ts';
import { HandleStream } from '../handle-stream.ts';
import { handleOf, tlsHandleOf } from '../node-handles.ts';
import { resetSocket } from '../reset-socket.ts';
import { enter, leave } from '../turn.ts';
import { judgePeer, type RefusalKind, type Verdict } from './judge-peer.ts';
import { SessionFacts } from './session-facts.ts';
import type { TlsSettings } from './tls-settings.ts';

/** Takes the outcome of a handshake; exactly one of the two is called. */
export interface HandshakeHandler {
  onSecure(stream: ByteStream, facts: HandshakeFacts): void;
  /** `refusal` says what was wrong with the peer, where that was the reason. */
  onHandshakeFailure(fault: StreamFault, refusal?: RefusalKind): void;
}

/** What there is to count of a handshake. */
export interface HandshakeFacts {
  readonly isResumed: boolean;
  readonly hasPeerCertificate: boolean;
  readonly version: string;
  readonly cipher: string;
  /** The group of the key exchange; undefined where Node does not tell, as at servers. */
  readonly group: string | undefined;
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
  /** The context for a name asked for by SNI, where there are several; undefined for `context`. */
  readonly contextFor?: ((serverName: string) => SecureContext | undefined) | undefined;
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
  readonly session: KeptSession | undefined;
  /** Takes the sessions of a server that has passed. */
  readonly onSession: ((session: KeptSession) => void) | undefined;
}

/** A session that can be resumed, and whose it is: the server shows its certificate only once. */
export interface KeptSession {
  readonly bytes: Buffer;
  readonly peer: X509Certificate | undefined;
  readonly isValidated: boolean;
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
  const { settings, context, contextFor, clientCertificate } = parts;
  const socket = new TLSSocket(raw as Socket, {
    isServer: true,
    secureContext: context,
    requestCert: clientCertificate !== 'none',
    // OpenSSL's verdict is asked for after the handshake, together with the rules that it does not know.
    rejectUnauthorized: false,
    ...(contextFor === undefined
      ? {}
      : { SNICallback: (name, answer) => answer(null, contextFor(name.toLowerCase()) ?? context) }),
    ...(settings.alpn.length === 0 ? {} : { ALPNCallback: ({ protocols }) => chooseAlpn(settings.alpn, protocols) }),
  });
  const judge = (): Verdict => {
    const { peers } = settings;
    const peer = socket.getPeerX509Certificate();
    if (peer === undefined) return clientCertificate === 'required' ? NO_CLIENT_CERTIFICATE : NOT_VERIFIED;
    return peers === undefined ? NOT_VERIFIED : judgePeer(peers, peer, errorOf(socket));
  };
  const peerOf = () => socket.getPeerX509Certificate();
  return finish({ socket, raw, connection, event: 'secure', judge, peerOf, onPassed: undefined }, handler);
}

/** Runs the client's part of a handshake on a connection that is up. */
export function connectTls(
  stream: Detachable,
  connection: ConnectionInfo,
  parts: ClientHandshake,
  handler: HandshakeHandler,
): Handshake {
  const { settings, context, serverName, session, onSession } = parts;
  const raw = stream.detach();
  const socket = connect({
    socket: raw,
    secureContext: context,
    rejectUnauthorized: false,
    // Whose name is in the certificate is checked by our own rules.
    checkServerIdentity: () => undefined,
    ...(serverName === '' ? {} : { servername: serverName }),
    ...(settings.alpn.length === 0 ? {} : { ALPNProtocols: [...settings.alpn] }),
    ...(session === undefined ? {} : { session: session.bytes }),
  });
  let asked: { readonly peer: X509Certificate | undefined } | undefined;
  const peerOf = (): X509Certificate | undefined => {
    // At a client, Node takes the certificate off the chain as it shows it: who asks again gets the one above it, or none.
    asked ??= { peer: socket.getPeerX509Certificate() ?? (socket.isSessionReused() ? session?.peer : undefined) };
    return asked.peer;
  };
  const judge = (): Verdict => {
    const { peers } = settings;
    if (peers === undefined) return NOT_VERIFIED;
    const peer = peerOf();
    if (peer === undefined) return NO_SERVER_CERTIFICATE;
    const verdict = judgePeer(peers, peer, errorOf(socket));
    // OpenSSL has nothing to say about a chain that it was not shown again.
    if (!socket.isSessionReused() || session === undefined) return verdict;
    return { ...verdict, isValidated: verdict.isValidated && session.isValidated };
  };
  const keep = onSession && keepSessions(socket, onSession);
  return finish({ socket, raw, connection, event: 'secureConnect', judge, peerOf, onPassed: keep }, handler);
}

/** Collects a client's sessions. The function returned says that the server has passed; sessions of one that does not are dropped. */
function keepSessions(
  socket: TLSSocket,
  onSession: (session: KeptSession) => void,
): (peer: X509Certificate | undefined, isValidated: boolean) => void {
  // With TLS 1.2 they come before the server is judged, with TLS 1.3 when OpenSSL has forgotten its certificate.
  const early: Buffer[] = [];
  let keep = (bytes: Buffer): unknown => early.push(bytes);
  socket.on('session', (bytes: Buffer) => keep(bytes));
  return (peer, isValidated) => {
    keep = (bytes) => onSession({ bytes, peer, isValidated });
    for (const bytes of early) keep(bytes);
  };
}

const NOT_VERIFIED: Verdict = Object.freeze({ refusal: undefined, isValidated: false });

function withoutCertificate(reason: string): Verdict {
  return { refusal: { kind: 'noCertificate', reason }, isValidated: false };
}

const NO_CLIENT_CERTIFICATE = withoutCertificate('the client sent no certificate');
const NO_SERVER_CERTIFICATE = withoutCertificate('the peer sent no certificate');

interface Running {
  readonly socket: TLSSocket;
  /** The connection below. */
  readonly raw: Duplex;
  readonly connection: ConnectionInfo;
  readonly event: 'secure' | 'secureConnect';
  readonly judge: () => Verdict;
  readonly peerOf: () => X509Certificate | undefined;
  readonly onPassed: ((peer: X509Certificate | undefined, isValidated: boolean) => void) | undefined;
}

function finish(running: Running, handler: HandshakeHandler): Handshake {
  const { socket, raw, connection, event, judge, peerOf, onPassed } = running;
  let isOver = false;
  const fail = (message: string, refusal?: RefusalKind): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    enter();
    handler.onHandshakeFailure({ kind: 'tls', message }, refusal);
    leave();
  };
  socket.on('error', (error) => fail(messageOf(error)));
  const hangUp = (): void => fail('the peer closed the connection during the TLS handshake');
  socket.on('close', hangUp);
  // Half-open connections are kept open, so a peer that ends its side shows only to who reads.
  socket.on('end', hangUp);
  socket.resume();
  socket.on(event, () => {
    if (isOver) return;
    const { refusal, isValidated } = judge();
    if (refusal !== undefined) {
      fail(refusal.reason, refusal.kind);
      return;
    }
    isOver = true;
    socket.pause();
    socket.off('end', hangUp);
    const peer = peerOf();
    const facts = new SessionFacts(socket, peer, isValidated);
    onPassed?.(peer, isValidated);
    connection.tls = facts;
    connection.transportProtocol = 'tls';
    // What was agreed on, from now on, instead of what was offered.
    connection.applicationProtocols = typeof socket.alpnProtocol === 'string' ? [socket.alpnProtocol] : [];
    const handshake = factsOf(socket, facts);
    enter();
    handler.onSecure(streamOf(socket, raw, connection), handshake);
    leave();
  });
  return {
    cancel: () => {
      isOver = true;
      socket.destroy();
    },
  };
}

function factsOf(socket: TLSSocket, { version, cipher, peer }: SessionFacts): HandshakeFacts {
  const key = socket.getEphemeralKeyInfo();
  return {
    isResumed: socket.isSessionReused(),
    hasPeerCertificate: peer !== undefined,
    version,
    cipher,
    group: key !== null && 'name' in key ? key.name : undefined,
  };
}

/** The stream of the session: from its handle where Node has one, else from the socket itself. */
function streamOf(socket: TLSSocket, raw: Duplex, connection: ConnectionInfo): ByteStream {
  const handle = handleOf(socket);
  if (handle === undefined) return new DuplexStream(socket, connection);
  const stream = new HandleStream(handle, connection, {
    close: (isAbrupt, onClosed) => {
      socket.removeAllListeners('close');
      socket.on('close', onClosed);
      // The session's end takes the connection below with it, unless that has gone by then.
      if (isAbrupt) resetSocket(raw);
      socket.destroy();
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
