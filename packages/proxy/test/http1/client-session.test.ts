/** Our client session over sockets: beside the server of node:http, and servers that break off. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import type { ClientConnectionHandler, ConnectionEnd } from '../../src/http/codec.ts';
import { FieldHead } from '../../src/http/field-head.ts';
import type { RequestHead } from '../../src/http/head.ts';
import { RequestFields, type RequestLine } from '../../src/http/request-fields.ts';
import { Http1Client } from '../../src/http1/client-session.ts';
import { responseHeadPool } from '../../src/http1/head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from '../../src/http1/head-scan.ts';
import { FieldsExchange, sendText } from '../../src/http1/testing.ts';
import type { ByteStream } from '../../src/transport/byte-stream.ts';
import { nodeHandles } from '../../src/transport/node-handles.ts';
import { connectTcp } from '../../src/transport/tcp-connect.ts';

const LINE = { method: 'GET', path: '/', authority: 'a', scheme: 'http' } as const;
const get = (line: Partial<RequestLine> = {}, pairs: Iterable<readonly [string, string]> = []): RequestHead =>
  RequestFields.of({ ...LINE, ...line }, pairs);

class Connection implements ClientConnectionHandler {
  readonly client: Http1Client;
  readonly stream: ByteStream;
  available = 0;
  end: ConnectionEnd | undefined;

  constructor(stream: ByteStream) {
    this.stream = stream;
    this.client = new Http1Client(stream, this, { heads: responseHeadPool(DEFAULT_HEAD_LIMITS), hasTrailers: true });
    this.client.start();
  }

  onAvailable(): void {
    this.available++;
  }
  onDraining(): void {}
  onConnectionClose(end: ConnectionEnd): void {
    this.end = end;
  }

  /** Begins an exchange. */
  send(head: RequestHead, endStream = true): FieldsExchange {
    const exchange = new FieldsExchange();
    exchange.stream = this.client.open(exchange);
    exchange.stream.sendHead(head, endStream);
    return exchange;
  }

  /** The exchange when its response is complete. */
  async ask(head: RequestHead, body?: string): Promise<FieldsExchange> {
    const exchange = this.send(head, body === undefined);
    if (body !== undefined) sendText(exchange.stream!, body, true);
    await eventuallyPasses(() => assert.ok(exchange.isEnded || exchange.reset !== undefined));
    return exchange;
  }
}

async function listening(t: TestContext, server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

for (const { name, isPublic } of [
  { name: 'on handles', isPublic: false },
  { name: 'on public sockets', isPublic: true },
]) {
  const skip = !isPublic && nodeHandles === undefined ? 'this Node has no known handles' : false;

  const connected = async (t: TestContext, port: number): Promise<Connection> => {
    const stream = await new Promise<ByteStream>((resolve, reject) => {
      connectTcp({ host: '127.0.0.1', port, isPublic }, { onConnect: resolve, onConnectFailure: reject });
    });
    t.after(() => stream.destroy());
    return new Connection(stream);
  };

  /** A connection to a server of node:http. */
  const toNode = async (t: TestContext, handle: RequestListener, prepare?: (server: Server) => void) => {
    const server = createServer(handle);
    prepare?.(server);
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    return connected(t, await listening(t, server));
  };

  /** A connection to a server that does what it is told with its socket once the first bytes have come. */
  const toPlain = async (t: TestContext, handle: (socket: Socket) => void) => {
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      t.after(() => socket.destroy());
      socket.on('error', () => socket.destroy());
      socket.once('data', () => handle(socket));
    });
    return connected(t, await listening(t, server as unknown as Server));
  };

  describe(`the client session ${name}`, { skip }, () => {
    it('speaks with node:http, one request after the other', async (t) => {
      const connection = await toNode(t, (incoming, outgoing) => {
        const pieces: Buffer[] = [];
        if (incoming.url === '/early') outgoing.writeEarlyHints({ link: '</a>' });
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.on('end', () => {
          const body = Buffer.concat(pieces);
          if (incoming.url === '/trailers') outgoing.setHeader('trailer', 'x-sum');
          else if (incoming.url === '/known') outgoing.setHeader('content-length', body.length);
          if (incoming.url?.startsWith('/status/') === true) outgoing.statusCode = Number(incoming.url.slice(8));
          outgoing.setHeader(
            'x-seen',
            `${incoming.method} ${incoming.headers['transfer-encoding'] ?? incoming.headers['content-length'] ?? '-'}`,
          );
          outgoing.write(body);
          if (incoming.url === '/trailers') outgoing.addTrailers({ 'x-sum': String(incoming.trailers['x-in'] ?? '') });
          outgoing.end();
        });
      });
      const seenOf = ({ fields }: FieldsExchange): string => /x-seen=(\S+ \S+)/.exec(fields)?.[1] ?? '';
      const chunked = await connection.ask(get({ method: 'POST' }), 'hello');
      assert.deepEqual([chunked.text, seenOf(chunked)], ['hello', 'POST chunked']);
      const known = await connection.ask(get({ method: 'POST', path: '/known' }, [['content-length', '5']]), 'hello');
      assert.deepEqual([known.text, seenOf(known)], ['hello', 'POST 5']);
      const trailers = connection.send(get({ method: 'POST', path: '/trailers' }, [['trailer', 'x-in']]), false);
      sendText(trailers.stream!, 'x', false);
      trailers.stream!.sendTrailers(FieldHead.fromPairs([['x-in', '7']]));
      await eventuallyPasses(() => assert.equal(trailers.events.at(-1), 'trailers x-sum=7'));
      const early = await connection.ask(get({ path: '/early' }));
      assert.equal(early.events[0], 'informational 103 link=</a>');
      for (const status of [204, 304]) {
        const exchange = await connection.ask(get({ path: `/status/${status}` }));
        assert.deepEqual(exchange.events, [`head ${status} end`]);
      }
      const head = await connection.ask(get({ method: 'HEAD' }));
      assert.deepEqual(head.events, ['head 200 end']);
      await eventuallyPasses(() => assert.equal(connection.available, 7));
    });

    it('carries large bodies both ways with little in between', async (t) => {
      const connection = await toNode(t, (incoming, outgoing) => incoming.pipe(outgoing));
      const exchange = connection.send(get({ method: 'POST' }), false);
      const piece = Buffer.alloc(50_000, 'x');
      const [rounds, most] = [400, 600_000];
      let sent = 0;
      let received = 0;
      exchange.onData = (_bytes, start, end, endStream) => {
        received += end - start;
        exchange.isEnded = endStream;
      };
      const send = (): void => {
        while (sent < rounds) {
          sent++;
          if (!exchange.stream!.sendData(piece, 0, piece.length, sent === rounds)) return;
          assert.ok(connection.stream.pendingBytes < most);
        }
      };
      exchange.onDrain = send;
      send();
      await eventuallyPasses(() => assert.ok(exchange.isEnded), { withinMs: 20_000 });
      assert.equal(received, rounds * piece.length);
    });

    it('stops reading a response that nobody takes', async (t) => {
      const total = 60_000_000;
      const connection = await toNode(t, (_incoming, outgoing) => outgoing.end(Buffer.alloc(total)));
      const exchange = connection.send(get());
      let received = 0;
      exchange.onData = (_bytes, start, end, endStream) => {
        received += end - start;
        exchange.isEnded = endStream;
        if (received === end - start) exchange.stream!.pause();
      };
      await eventuallyPasses(() => assert.ok(received > 0));
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(connection.stream.bytesRead < 1_000_000, `${connection.stream.bytesRead} bytes were read`);
      exchange.stream!.resume();
      await eventuallyPasses(() => assert.ok(exchange.isEnded), { withinMs: 20_000 });
      assert.equal(received, total);
    });

    it('asks for upgrades and tunnels', async (t) => {
      const echo = (socket: Socket, head: string): void => {
        socket.write(head);
        socket.pipe(socket);
      };
      for (const [head, status] of [
        [get({ protocol: 'echo' }), 101],
        [get({ method: 'CONNECT', protocol: 'echo' }), 101],
        [RequestFields.of({ method: 'CONNECT', authority: 'b:1' }), 200],
      ] as const) {
        const connection = await toNode(
          t,
          () => assert.fail('not an upgrade'),
          (server) => {
            server.on('upgrade', (_incoming, socket: Socket) =>
              echo(socket, 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n'),
            );
            server.on('connect', (_incoming, socket: Socket) => echo(socket, 'HTTP/1.1 200 OK\r\n\r\n'));
          },
        );
        const exchange = connection.send(head, false);
        assert.equal(sendText(exchange.stream!, 'early ', false), false);
        await eventuallyPasses(() => assert.equal(exchange.text, 'early '));
        assert.equal(exchange.head?.status, status);
        sendText(exchange.stream!, 'late', true);
        await eventuallyPasses(() => assert.ok(exchange.isEnded));
        assert.equal(exchange.text, 'early late');
        await eventuallyPasses(() => assert.deepEqual(connection.end, { details: '', isRemote: false }));
        assert.equal(exchange.reset, undefined);
      }
    });

    it('has an upgrade refused by node:http', async (t) => {
      const connection = await toNode(t, (_incoming, outgoing) => {
        outgoing.statusCode = 403;
        outgoing.end('no');
      });
      const exchange = connection.send(get({ protocol: 'echo' }), false);
      await eventuallyPasses(() => assert.ok(exchange.isEnded));
      sendText(exchange.stream!, 'GET /admin HTTP/1.1\r\nhost: a\r\n\r\n', true);
      await eventuallyPasses(() => assert.ok(connection.end !== undefined));
      assert.deepEqual([exchange.head?.status, exchange.text, exchange.reset], [403, 'no', undefined]);
    });

    it('notices servers that go away, in every state', async (t) => {
      for (const [said, isComplete] of [
        ['', false],
        ['HTTP/1.1 20', false],
        ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', false],
        ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', false],
        ['HTTP/1.1 200 OK\r\n\r\nabc', true],
      ] as const) {
        for (const isAbrupt of [false, true]) {
          const connection = await toPlain(t, (socket) => {
            if (!isAbrupt) socket.end(said);
            else if (said === '') socket.resetAndDestroy();
            // What has been said must be on the way before the reset, which overtakes it.
            else socket.write(said, () => setImmediate(() => socket.resetAndDestroy()));
          });
          const exchange = await connection.ask(get());
          const isWhole = isComplete && !isAbrupt;
          assert.equal(exchange.isEnded, isWhole, `${JSON.stringify(said)} ${isAbrupt}`);
          assert.equal(exchange.reset?.kind, isWhole ? undefined : 'connectionClosed');
          await eventuallyPasses(() => assert.ok(connection.end !== undefined));
          assert.deepEqual([connection.client.freeStreams, connection.client.activeStreams], [0, 0]);
        }
      }
    });

    it('takes an answer that comes before the request is complete', async (t) => {
      const connection = await toPlain(t, (socket) => {
        socket.end('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 2\r\n\r\nno');
        socket.resume();
      });
      const exchange = connection.send(get({ method: 'POST' }), false);
      sendText(exchange.stream!, 'much', false);
      await eventuallyPasses(() => assert.equal(exchange.text, 'no'));
      assert.ok(exchange.isEnded);
      assert.equal(connection.client.freeStreams, 0);
      await eventuallyPasses(() => assert.ok(connection.end !== undefined));
    });

    it('closes a connection on which a server says what nobody asked for', async (t) => {
      const connection = await toPlain(t, (socket) =>
        socket.write('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
      );
      const exchange = await connection.ask(get());
      assert.deepEqual(exchange.events, ['head 204 end']);
      await eventuallyPasses(() => assert.equal(connection.end?.details, 'http1.unsolicited_bytes'));
      assert.equal(connection.available, 0);
    });
  });
}
