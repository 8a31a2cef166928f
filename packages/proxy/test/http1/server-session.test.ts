/** Our server session over sockets: beside node:http, fetch, curl and plain sockets as clients. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { Agent, type IncomingMessage, type RequestOptions, request as startRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventuallyPasses } from '@weft/testkit';
import { nodeHandles } from '../../src/transport/node-handles.ts';
import { BLOCK, EchoServer } from './support/echo-server.ts';

const run = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;

interface Answer {
  readonly response: IncomingMessage;
  readonly body: Buffer;
}

function ask(
  port: number,
  options: RequestOptions,
  body?: (write: (piece: string) => void) => Record<string, string> | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = startRequest({ host: '127.0.0.1', port, ...options }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ response, body: Buffer.concat(pieces) }));
    });
    sent.on('error', reject);
    const trailers = body?.((piece) => sent.write(piece));
    if (trailers !== undefined) sent.addTrailers(trailers);
    sent.end();
  });
}

/** A plain socket with everything that it has received. */
function plain(t: TestContext, port: number) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  t.after(() => socket.destroy());
  const seen = { text: '', bytes: 0, hasEnded: false, socket };
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece: Buffer) => {
    seen.bytes += piece.length;
    if (seen.bytes < 1_000_000) seen.text += piece.toString('latin1');
  });
  socket.on('end', () => {
    seen.hasEnded = true;
  });
  return seen;
}

for (const { name, isPublic } of [
  { name: 'on handles', isPublic: false },
  { name: 'on public sockets', isPublic: true },
]) {
  const skip = !isPublic && nodeHandles === undefined ? 'this Node has no known handles' : false;
  describe(`the server session ${name}`, { skip }, () => {
    it('serves node:http on one connection', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      const { port } = server;
      for (let i = 0; i < 10; i++) {
        const { response, body } = await ask(port, { agent, method: 'POST', path: `/${i}` }, (write) => {
          write('chunk ');
          write(String(i));
          return { 'x-sum': String(i) };
        });
        assert.deepEqual([response.statusCode, response.headers['x-path'], String(body)], [200, `/${i}`, `chunk ${i}`]);
        assert.equal(response.trailers['x-sum'], String(i));
      }
      for (const status of [204, 304, 404]) {
        const { response, body } = await ask(port, { agent, path: `/status/${status}` });
        assert.deepEqual([response.statusCode, body.length], [status, 0]);
      }
      const head = await ask(port, { agent, method: 'HEAD', path: '/big/2' });
      assert.deepEqual([head.response.headers['content-length'], head.body.length], [String(2 * BLOCK.length), 0]);
      const known = await ask(
        port,
        { agent, method: 'PUT', headers: { 'content-length': 3, 'x-echo': 'a, b' } },
        (write) => {
          write('abc');
          return undefined;
        },
      );
      assert.deepEqual([String(known.body), known.response.headers['x-echo']], ['abc', 'a, b']);
      assert.deepEqual([server.requests, server.streams.length], [15, 1]);
    });

    it('serves fetch, many at once, with bodies of a megabyte', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const body = Buffer.alloc(1_000_000, BLOCK);
      const answers = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          const stream = new ReadableStream({
            start: (controller) => {
              for (let at = 0; at < body.length; at += 70_000) controller.enqueue(body.subarray(at, at + 70_000));
              controller.close();
            },
          });
          const isStream = i % 2 === 0;
          const response = await fetch(`http://127.0.0.1:${server.port}/${i}`, {
            method: 'POST',
            body: isStream ? stream : body,
            ...(isStream ? { duplex: 'half' } : {}),
          } as RequestInit);
          return Buffer.from(await response.arrayBuffer());
        }),
      );
      for (const answer of answers) assert.ok(answer.equals(body));
      for (const stream of server.streams) stream.destroy();
    });

    it('serves curl', { skip: hasCurl ? false : 'there is no curl' }, async (t) => {
      const { port } = await EchoServer.start(t, isPublic);
      const url = `http://127.0.0.1:${port}`;
      const curl = async (...args: string[]): Promise<string> =>
        (await run('curl', ['-sS', '--max-time', '20', ...args])).stdout;
      assert.equal(await curl('-d', 'hello', `${url}/a`), 'hello');
      assert.equal(await curl('--http1.0', '-d', 'hello', `${url}/a`), 'hello');
      assert.equal(await curl('-d', 'hello', '-H', 'transfer-encoding: chunked', `${url}/a`, `${url}/b`), 'hellohello');
      assert.match(
        await curl('-i', '-d', 'hello', '-H', 'expect: 100-continue', `${url}/a`),
        /100 Continue[\s\S]*200 OK[\s\S]*hello$/,
      );
      assert.match(await curl('-I', `${url}/big/1`), /content-length: 20000/);
      assert.match(await curl('-i', '--http1.0', `${url}/status/204`), /^HTTP\/1\.0 204/);
      assert.match(
        await curl('-i', '--proxy', url, 'http://other.example/x?y'),
        /x-path: \/x\?y\r\nx-authority: other\.example/,
      );
    });

    it('serves requests that come all at once, or byte by byte', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const seen = plain(t, server.port);
      const request = 'POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc';
      seen.socket.write(request.repeat(200));
      await eventuallyPasses(() => assert.equal(seen.text.match(/\r\nabc\r\n0\r\n\r\n/g)?.length, 200));
      seen.text = '';
      seen.socket.setNoDelay(true);
      for (const char of request) {
        seen.socket.write(char);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await eventuallyPasses(() => assert.match(seen.text, /\r\n1\r\nc\r\n0\r\n\r\n$/));
      assert.equal(server.requests, 201);
    });

    it('keeps little for a client that does not read, and loses nothing', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const seen = plain(t, server.port);
      seen.socket.pause();
      const blocks = 1500;
      seen.socket.write(`GET /big/${blocks} HTTP/1.1\r\nhost: a\r\n\r\n`);
      await eventuallyPasses(() => assert.ok(server.streams[0]?.isCongested));
      assert.ok(server.streams[0]!.pendingBytes < 200_000, `${server.streams[0]!.pendingBytes} bytes wait`);
      seen.socket.resume();
      await eventuallyPasses(() => assert.ok(seen.bytes >= blocks * BLOCK.length), { withinMs: 20_000 });
      const headEnd = seen.text.indexOf('\r\n\r\n') + 4;
      assert.equal(seen.bytes, blocks * BLOCK.length + headEnd);
      assert.ok(
        Buffer.from(seen.text.slice(headEnd, headEnd + 40_000), 'latin1').equals(Buffer.concat([BLOCK, BLOCK])),
      );
    });

    it('does not read from a client that it answers faster than it takes', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const seen = plain(t, server.port);
      seen.socket.pause();
      const size = 30_000_000;
      seen.socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
      seen.socket.write(Buffer.alloc(size, 'x'));
      await eventuallyPasses(() => assert.ok(server.streams[0]?.isCongested), { withinMs: 20_000 });
      assert.ok(server.receivedBytes < size);
      assert.ok(server.streams[0]!.pendingBytes < 300_000, `${server.streams[0]!.pendingBytes} bytes wait`);
      seen.socket.resume();
      await eventuallyPasses(() => assert.match(seen.text + (seen.bytes > size ? '!' : ''), /!$/), {
        withinMs: 20_000,
      });
      assert.equal(server.receivedBytes, size);
    });

    it('turns connections into tunnels', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const headers = { connection: 'Upgrade', upgrade: 'echo' };
      const cases: readonly [string, RequestOptions][] = [
        ['upgrade', { path: '/chat', headers }],
        ['connect', { method: 'CONNECT', path: 'b.example:443' }],
      ];
      for (const [event, options] of cases) {
        const text = await new Promise<string>((resolve, reject) => {
          const sent = startRequest({ host: '127.0.0.1', port: server.port, ...options });
          sent.on('error', reject);
          sent.on(event, (response: IncomingMessage, socket: Socket) => {
            assert.equal(response.statusCode, event === 'connect' ? 200 : 101);
            if (event === 'upgrade') assert.equal(response.headers.upgrade, 'echo');
            let received = '';
            socket.on('data', (piece: Buffer) => {
              received += String(piece);
            });
            socket.on('end', () => resolve(received));
            socket.write('GET / HTTP/1.1\r\n\r\n');
            socket.end('bye');
          });
          sent.end();
        });
        assert.equal(text, 'GET / HTTP/1.1\r\n\r\nbye');
      }
      await eventuallyPasses(() => assert.equal(server.ends.length, 2));
      assert.deepEqual(server.resets, []);
    });

    it('notices clients that go away, whatever they were doing', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      const states = [
        'GET /hold HTTP/1.1\r\nhost: a\r\n\r\n',
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc',
        'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab',
        'GET /big/3000 HTTP/1.1\r\nhost: a\r\n\r\n',
      ];
      for (const [i, text] of states.entries()) {
        for (const isAbrupt of [false, true]) {
          const seen = plain(t, server.port);
          seen.socket.write(text);
          const begun = 2 * i + Number(isAbrupt) + 1;
          await eventuallyPasses(() => assert.equal(server.requests, begun));
          if (isAbrupt) seen.socket.resetAndDestroy();
          else seen.socket.destroy();
          await eventuallyPasses(() => assert.deepEqual([server.resets.length, server.ends.length], [begun, begun]));
        }
      }
      for (const reset of server.resets) assert.match(reset, /^connectionClosed /);
      assert.ok(server.ends.every(({ isRemote }) => isRemote));
    });

    it('lets a client read the answer to what it refuses, though the client goes on sending', async (t) => {
      const server = await EchoServer.start(t, isPublic);
      for (const [text, expected] of [
        ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
        ['POST /hold HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', /^HTTP\/1\.1 400 /],
        [
          'POST /status/413 HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n',
          /^HTTP\/1\.1 413 [\s\S]*connection: close/,
        ],
      ] as const) {
        const seen = plain(t, server.port);
        seen.socket.write(text);
        seen.socket.write(Buffer.alloc(2_000_000));
        await eventuallyPasses(() => assert.match(seen.text, expected));
      }
    });

    it('answers a head that is late, and closes idle and drained connections', async (t) => {
      const server = await EchoServer.start(t, isPublic, { headTimeoutMs: 30, delayedCloseMs: 30 });
      const late = plain(t, server.port);
      late.socket.write('GET / HTTP/1.1\r\nhost:');
      await eventuallyPasses(() => assert.match(late.text, /^HTTP\/1\.1 408 /));
      await eventuallyPasses(() => assert.equal(server.ends.length, 1), { withinMs: 5000 });
      const [idle, drained] = [plain(t, server.port), plain(t, server.port)];
      await eventuallyPasses(() => assert.equal(server.sessions.length, 3));
      server.sessions[1]!.closeIdle();
      server.sessions[2]!.drain();
      for (const { socket } of [idle, drained]) socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      await eventuallyPasses(() => assert.deepEqual([idle.hasEnded, drained.hasEnded], [true, true]));
      const texts = [idle.text, drained.text];
      assert.deepEqual(texts.filter((text) => text === '').length, 1);
      assert.ok(texts.some((text) => /connection: close/.test(text)));
    });

    it('sends all of a response before it closes, however slowly it is taken', async (t) => {
      const server = await EchoServer.start(t, isPublic, { delayedCloseMs: 200 });
      const seen = plain(t, server.port);
      seen.socket.pause();
      const blocks = 400;
      seen.socket.write(`GET /big/${blocks} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      await eventuallyPasses(() => assert.ok(server.requests === 1));
      seen.socket.resume();
      await eventuallyPasses(() => assert.ok(seen.hasEnded), { withinMs: 20_000 });
      assert.equal(seen.bytes, blocks * BLOCK.length + seen.text.indexOf('\r\n\r\n') + 4);
    });
  });
}
