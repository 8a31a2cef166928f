/** TLS below a byte stream, in both roles, against node:tls and against itself. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { eventuallyPasses, TestAuthority, type TestCertificate } from '@weft/testkit';
import type { ByteSink, ByteStream, StreamFault } from '../src/transport/byte-stream.ts';
import type { ConnectionInfo } from '../src/transport/connection-info.ts';
import { connectTcp } from '../src/transport/tcp-connect.ts';
import { TcpListener } from '../src/transport/tcp-listener.ts';
import type { PeerPolicy, PeerRefusal } from '../src/transport/tls/judge-peer.ts';
import { createContext, type TlsSettings } from '../src/transport/tls/tls-settings.ts';
import { acceptTls, connectTls, type Detachable } from '../src/transport/tls/tls-stream.ts';

class Echo implements ByteSink {
  readonly #stream: ByteStream;
  received = '';
  closes: (StreamFault | undefined)[] = [];
  readonly #answers: boolean;

  constructor(stream: ByteStream, answers: boolean) {
    this.#stream = stream;
    this.#answers = answers;
    stream.attach(this);
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.received += bytes.toString('latin1', start, end);
    if (this.#answers) this.#stream.write(bytes, start, end);
  }

  onEnd(): void {
    this.#stream.end();
  }

  onDrain(): void {}

  onClose(fault: StreamFault | undefined): void {
    this.closes.push(fault);
  }
}

/** Takes no notice of anything. */
class Quiet implements ByteSink {
  onBytes(): void {}
  onEnd(): void {}
  onDrain(): void {}
  onClose(): void {}
}

const BASE: TlsSettings = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
  signatureAlgorithms: undefined,
  alpn: [],
  keyPairs: [],
  peers: undefined,
};

function pairOf(certificate: TestCertificate) {
  return { certificateChain: certificate.chainPem, privateKey: certificate.keyPem.reveal() };
}

function trust(authority: TestAuthority, check?: PeerPolicy['check']): PeerPolicy {
  return {
    trustedCas: [authority.caPem],
    crls: [],
    verifiesChain: true,
    isPinned: false,
    isNeeded: false,
    acceptsUntrusted: false,
    allowsExpired: false,
    check,
    checkFor: () => () => undefined,
  };
}

function refused(reason: string): PeerRefusal {
  return { kind: 'san', reason };
}

interface Server {
  readonly port: number;
  readonly secured: { stream: ByteStream; connection: ConnectionInfo; echo: Echo }[];
  readonly failures: StreamFault[];
}

async function serve(
  t: TestContext,
  settings: TlsSettings,
  options: { clientCertificate?: 'required' | 'optional' | 'none'; isPublic?: boolean; first?: boolean } = {},
): Promise<Server> {
  const context = createContext(settings);
  const server: { port: number; secured: Server['secured']; failures: StreamFault[] } = {
    port: 0,
    secured: [],
    failures: [],
  };
  const listener = new TcpListener({
    listen: { host: '127.0.0.1', port: 0 },
    isPublic: options.isPublic === true,
    onAccept: ({ stream, connection }) => {
      const start = (first: Buffer | undefined) =>
        acceptTls(
          stream as Detachable,
          connection,
          { settings, context, first, clientCertificate: options.clientCertificate ?? 'none' },
          {
            onSecure: (secure) => server.secured.push({ stream: secure, connection, echo: new Echo(secure, true) }),
            onHandshakeFailure: (fault) => server.failures.push(fault),
          },
        );
      if (options.first !== true) {
        start(undefined);
        return;
      }
      // As a TLS inspector does: the first bytes are read before it is known what they are.
      stream.attach({
        onBytes: (bytes, from, to) => start(Buffer.from(bytes.subarray(from, to))),
        onEnd: () => stream.destroy(),
        onDrain: () => undefined,
        onClose: () => undefined,
      });
    },
  });
  await listener.start();
  t.after(() => listener.close());
  server.port = listener.address.port;
  return server;
}

function client(t: TestContext, port: number, options: object): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options }, () => resolve(socket));
    socket.once('error', reject);
    t.after(() => socket.destroy());
  });
}

async function roundTrip(socket: TLSSocket, text: string): Promise<string> {
  let received = '';
  socket.on('data', (piece) => {
    received += String(piece);
  });
  socket.write(text);
  await eventuallyPasses(() => assert.equal(received.length, text.length));
  return received;
}

for (const [name, isPublic] of [
  ['on handles', false],
  ['on public sockets', true],
] as const) {
  describe(`the server's end of TLS ${name}`, () => {
    it('carries bytes, and knows what was agreed on', async (t) => {
      const authority = await TestAuthority.create();
      const settings = { ...BASE, keyPairs: [pairOf(await authority.server())], alpn: ['h2', 'http/1.1'] };
      const server = await serve(t, settings, { isPublic });
      const socket = await client(t, server.port, { ca: authority.caPem, ALPNProtocols: ['http/1.1', 'h2'] });
      assert.equal(await roundTrip(socket, 'x'.repeat(200_000)), 'x'.repeat(200_000));
      assert.equal(socket.alpnProtocol, 'h2');
      const { connection } = server.secured[0]!;
      assert.deepEqual(connection.applicationProtocols, ['h2']);
      assert.equal(connection.tls?.version, 'TLSv1.3');
      assert.match(connection.tls?.cipher ?? '', /^TLS_/);
      assert.equal(connection.tls?.peer, undefined);
      assert.equal(connection.tls?.local?.dnsSans[0], 'localhost');
    });

    it('goes on from bytes that were read before', async (t) => {
      const authority = await TestAuthority.create();
      const server = await serve(
        t,
        { ...BASE, keyPairs: [pairOf(await authority.server())] },
        { isPublic, first: true },
      );
      const socket = await client(t, server.port, { ca: authority.caPem });
      assert.equal(await roundTrip(socket, 'hello'), 'hello');
    });

    it('reads the identity of a client', async (t) => {
      const authority = await TestAuthority.create();
      const settings = { ...BASE, keyPairs: [pairOf(await authority.server())], peers: trust(authority) };
      const server = await serve(t, settings, { isPublic, clientCertificate: 'required' });
      const own = await authority.workload('default', 'web');
      const socket = await client(t, server.port, {
        ca: authority.caPem,
        cert: own.chainPem,
        key: own.keyPem.reveal(),
      });
      assert.equal(await roundTrip(socket, 'hi'), 'hi');
      const { tls } = server.secured[0]!.connection;
      assert.deepEqual(tls?.peer?.uriSans, ['spiffe://cluster.local/ns/default/sa/web']);
      assert.equal(tls?.isPeerValidated, true);
      assert.match(tls?.peer?.sha256Fingerprint ?? '', /^[0-9a-f]{64}$/);
      assert.ok((tls?.peer?.validToMs ?? 0) > Date.now());
    });

    it('closes on a client without the certificate it must have, and says why', async (t) => {
      const authority = await TestAuthority.create();
      const settings = { ...BASE, keyPairs: [pairOf(await authority.server())], peers: trust(authority) };
      const server = await serve(t, settings, { isPublic, clientCertificate: 'required' });
      const socket = await client(t, server.port, { ca: authority.caPem });
      socket.on('error', () => socket.destroy());
      await eventuallyPasses(() => assert.ok(socket.destroyed || socket.readableEnded));
      assert.deepEqual(
        server.failures.map(({ message }) => message),
        ['the client sent no certificate'],
      );
      assert.equal(server.secured.length, 0);
    });

    it('refuses a client of another authority, and one that the rules do not want', async (t) => {
      const [authority, other] = await Promise.all([TestAuthority.create(), TestAuthority.create()]);
      const settings = {
        ...BASE,
        keyPairs: [pairOf(await authority.server())],
        peers: trust(authority, (peer) =>
          peer.subjectAltName?.includes('sa/web') === true ? undefined : refused('not web'),
        ),
      };
      const server = await serve(t, settings, { isPublic, clientCertificate: 'required' });
      for (const own of [await other.workload('default', 'web'), await authority.workload('default', 'evil')]) {
        const socket = await client(t, server.port, {
          ca: authority.caPem,
          cert: own.chainPem,
          key: own.keyPem.reveal(),
        });
        socket.on('error', () => socket.destroy());
        await eventuallyPasses(() => assert.ok(socket.destroyed || socket.readableEnded));
      }
      assert.equal(server.secured.length, 0);
      assert.equal(server.failures[1]?.message, 'not web');
      assert.match(server.failures[0]?.message ?? '', /UNABLE_TO|SELF_SIGNED|signature/i);
    });

    it('tells of plain bytes where TLS was due', async (t) => {
      const authority = await TestAuthority.create();
      const server = await serve(t, { ...BASE, keyPairs: [pairOf(await authority.server())] }, { isPublic });
      connectTcp(
        { host: '127.0.0.1', port: server.port },
        {
          onConnect: (stream) => {
            stream.attach(new Quiet());
            stream.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, 18);
          },
          onConnectFailure: (fault) => assert.fail(fault.message),
        },
      );
      await eventuallyPasses(() => assert.equal(server.failures.length, 1));
      assert.equal(server.failures[0]?.kind, 'tls');
    });

    it('closes in order with its peer', async (t) => {
      const authority = await TestAuthority.create();
      const server = await serve(t, { ...BASE, keyPairs: [pairOf(await authority.server())] }, { isPublic });
      const socket = await client(t, server.port, { ca: authority.caPem });
      await roundTrip(socket, 'x');
      socket.end();
      await eventuallyPasses(() => assert.deepEqual(server.secured[0]!.echo.closes, [undefined]));
      await eventuallyPasses(() => assert.ok(socket.destroyed));
    });
  });
}

describe("the client's end of TLS", () => {
  interface Outcome {
    readonly stream?: ByteStream;
    readonly connection?: ConnectionInfo;
    readonly fault?: StreamFault;
  }

  function dial(port: number, settings: TlsSettings, serverName = 'localhost'): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      connectTcp(
        { host: '127.0.0.1', port },
        {
          onConnect: (stream, connection) => {
            connectTls(
              stream as Detachable,
              connection,
              { settings, context: createContext(settings), serverName, session: undefined, onSession: undefined },
              {
                onSecure: (secure) => resolve({ stream: secure, connection }),
                onHandshakeFailure: (fault) => resolve({ fault }),
              },
            );
          },
          onConnectFailure: reject,
        },
      );
    });
  }

  it('carries bytes to a server, shows its certificate, and agrees on a protocol', async (t) => {
    const authority = await TestAuthority.create();
    const own = await authority.workload('default', 'web');
    const seen: { name?: string | false | undefined; peer?: string | undefined } = {};
    const certificate = await authority.server();
    const server = createServer(
      {
        cert: certificate.chainPem,
        key: certificate.keyPem.reveal(),
        ca: authority.caPem,
        requestCert: true,
        ALPNProtocols: ['h2'],
      },
      (socket) => {
        seen.name = socket.servername as string;
        seen.peer = socket.getPeerX509Certificate()?.subjectAltName;
        socket.pipe(socket);
      },
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const settings = { ...BASE, keyPairs: [pairOf(own)], peers: trust(authority), alpn: ['h2'] };
    const { stream, connection, fault } = await dial(port, settings);
    assert.equal(fault, undefined);
    const echo = new Echo(stream!, false);
    stream!.write(Buffer.from('hello'), 0, 5);
    await eventuallyPasses(() => assert.equal(echo.received, 'hello'));
    assert.equal(seen.name, 'localhost');
    assert.match(seen.peer ?? '', /sa\/web/);
    assert.deepEqual([connection!.applicationProtocols, connection!.tls?.isPeerValidated], [['h2'], true]);
    stream!.end();
    await eventuallyPasses(() => assert.deepEqual(echo.closes, [undefined]));
  });

  it('refuses a server that it does not trust, and one that is somebody else', async (t) => {
    const [authority, other] = await Promise.all([TestAuthority.create(), TestAuthority.create()]);
    const server = await serve(t, { ...BASE, keyPairs: [pairOf(await authority.server())] });
    const untrusted = await dial(server.port, { ...BASE, peers: trust(other) });
    assert.match(untrusted.fault?.message ?? '', /UNABLE_TO|SELF_SIGNED|signature/i);
    const wrong = await dial(server.port, { ...BASE, peers: trust(authority, () => refused('wrong name')) });
    assert.equal(wrong.fault?.message, 'wrong name');
  });

  it('tells when the server hangs up, and when no version suits both', async (t) => {
    const authority = await TestAuthority.create();
    const server = await serve(t, { ...BASE, keyPairs: [pairOf(await authority.server())], maxVersion: 'TLSv1.2' });
    const { fault } = await dial(server.port, { ...BASE, minVersion: 'TLSv1.3', peers: trust(authority) });
    assert.equal(fault?.kind, 'tls');
    assert.match(fault?.message ?? '', /version|protocol/i);
  });
});
