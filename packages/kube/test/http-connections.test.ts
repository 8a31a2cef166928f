/** Connections that are slow, idle, abandoned or many, and the end of the server: nobody else is disturbed, nothing leaks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually, RawHttp1Client, ScriptedPeer, within } from '@weft/testkit';
import { openWatches, readAnswer, requestText, startTestServer, type TestServer } from './support/server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SHORT_STOP = { lingerMs: 50 };
const SHORT = { headersMs: 150, requestMs: 300, checkMs: 20, handshakeMs: 300, lingerMs: 50 };

/** Asks on a connection of its own and fails when the answer takes long. */
async function assertServes(server: TestServer, on?: RawHttp1Client): Promise<void> {
  const answer = await within(
    'another client to be served',
    server.ask('GET', '/version', on === undefined ? {} : { on }),
    1000,
  );
  assert.equal(answer.status, 200);
}

function plain(t: TestContext, server: TestServer): Socket {
  const socket = connect({ host: '127.0.0.1', port: server.port });
  socket.on('error', () => undefined);
  t.after(() => void socket.destroy());
  return socket;
}

test('half a request ends in time, and others are served meanwhile', async (t) => {
  const server = await startTestServer(t, { timeouts: SHORT });
  const head = await server.connect();
  await head.send('GET /version HTTP/1.1\r\nHost: a\r\nX: ');
  const body = await server.connect();
  await body.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"half":`);
  const chunked = await server.connect();
  await chunked.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"hal`);
  await assertServes(server);
  for (const client of [head, body, chunked]) {
    assert.equal((await client.readResponse()).statusCode, 408);
    await client.peer.expectEnd();
  }
  assert.deepEqual(server.log.messages('error'), []);
});

test('a client that trickles its headers is cut off; so is one that never says anything', async (t) => {
  const server = await startTestServer(t, { timeouts: SHORT });
  const slow = await server.connect();
  const trickle = (async () => {
    for (const byte of `GET /version HTTP/1.1\r\nX: ${'x'.repeat(1000)}`) {
      if (slow.peer.stream.writableEnded || slow.peer.stream.destroyed) return;
      await slow.send(byte).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      if (slow.peer.pending.length > 0) return;
    }
  })();
  assert.equal((await slow.readResponse()).statusCode, 408);
  await slow.peer.close();
  await trickle;
  const silent = await server.connect();
  await silent.peer.readToEnd();
  const handshake = plain(t, server);
  handshake.write(Buffer.from([0x16, 0x03, 0x01]));
  handshake.resume();
  await within('the handshake to be given up', once(handshake, 'close'));
  await assertServes(server);
});

test('slow bodies do not take the places of those who write', async (t) => {
  const server = await startTestServer(t, { limits: { maxWrites: 2 }, timeouts: SHORT_STOP });
  for (let i = 0; i < 5; i++) {
    const client = await server.connect();
    await client.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`);
  }
  const written = await server.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'quick' } } });
  assert.equal(written.status, 201);
});

/** As many descriptors as this process may have, two a connection. */
function affordable(wanted: number): number {
  const limit = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return Math.min(wanted, Math.floor((Number(limit ?? 1024) - 500) / 2));
}

test('thousands of idle connections do not slow the others down', { skip: process.platform !== 'linux' }, async (t) => {
  const server = await startTestServer(t, { timeouts: { headersMs: 60_000, handshakeMs: 60_000 } });
  const client = await server.connect();
  // Both ends are in this process, which may be allowed only so many descriptors.
  const bare = affordable(1_500);
  const sockets: Socket[] = [];
  for (let batch = 0; batch < bare; batch += 500) {
    const some = Array.from({ length: Math.min(500, bare - batch) }, () => plain(t, server));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  for (let i = 0; i < 100; i++) await server.connect();
  await assertServes(server, client);
  await assertServes(server);
  assert.ok(
    sockets.every((socket) => !socket.destroyed),
    'all are still connected',
  );
  t.diagnostic(`${bare} connections before their handshake and 100 after it`);
  for (const socket of sockets) socket.resetAndDestroy();
});

test('a watch ends with its client, however that goes', async (t) => {
  const server = await startTestServer(t);
  const endings: ((client: RawHttp1Client) => unknown)[] = [
    (client) => client.peer.close(),
    (client) => client.peer.stream.destroy(),
    (client) => client.peer.end(),
  ];
  for (const end of endings) {
    const client = await server.connect();
    await client.send(requestText('GET', `${CONFIG_MAPS}?watch=true`));
    await client.peer.readUntil('ADDED');
    assert.equal(await openWatches(server), 1);
    await end(client);
    await eventually(async () => (await openWatches(server)) === 0);
  }
  assert.deepEqual(server.log.messages('error'), []);
});

test('a client that goes away before its answer changes nothing for others', async (t) => {
  const server = await startTestServer(t);
  const body = { metadata: { name: 'abandoned' } };
  const client = await server.connect();
  await client.send(requestText('POST', CONFIG_MAPS, { body }));
  client.peer.stream.destroy();
  const half = await server.connect();
  await half.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`);
  half.peer.stream.destroy();
  await eventually(async () => (await server.ask('GET', `${CONFIG_MAPS}/abandoned`)).status === 200);
  assert.deepEqual(server.log.messages('error'), []);
});

test('a client that does not read its answer is let go', async (t) => {
  const server = await startTestServer(t, { timeouts: { sendMs: 100 } });
  const data = { blob: 'x'.repeat(900_000) };
  for (let i = 0; i < 8; i++)
    await server.ask('POST', CONFIG_MAPS, { body: { metadata: { generateName: 'big-' }, data } });
  const lazy = await server.connect();
  lazy.peer.stream.pause();
  const closed = once(lazy.peer.stream, 'close');
  await lazy.send(requestText('GET', CONFIG_MAPS));
  const connections = (): Promise<boolean> => Promise.resolve(server.api.connections === 0);
  await eventually(connections, { what: 'the connection to be ended by the server' });
  lazy.peer.stream.resume();
  await within('the end', closed);
});

test('errors do not cost the connection', async (t) => {
  const server = await startTestServer(t);
  const on = await server.connect();
  const steps: [string, string, object | undefined, number][] = [
    ['GET', '/nothing', undefined, 404],
    ['POST', CONFIG_MAPS, { metadata: { name: 'Not_Valid' } }, 422],
    ['POST', '/api/v1/namespaces/none/configmaps', { metadata: { name: 'x' } }, 404],
    ['PUT', `${CONFIG_MAPS}/x`, { metadata: { name: 'y' } }, 400],
    ['OPTIONS', '/version', undefined, 405],
    ['DELETE', `${CONFIG_MAPS}/none`, undefined, 404],
    ['GET', '/version', undefined, 200],
  ];
  for (const [method, url, body, status] of steps) {
    const answer = await server.ask(method, url, { on, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, status, `${method} ${url}`);
  }
  const stranger = await server.connect('anonymous');
  for (let i = 0; i < 2; i++) {
    const answer = await server.ask('POST', CONFIG_MAPS, { on: stranger, body: { metadata: { name: 'x' } } });
    assert.equal(answer.status, 403);
  }
});

test('the server stops at once with watches, idle and half-open connections', async (t) => {
  const server = await startTestServer(t);
  const watcher = await server.connect();
  await watcher.send(requestText('GET', `${CONFIG_MAPS}?watch=true`));
  await watcher.peer.readUntil('ADDED');
  const idle = await server.connect();
  await assertServes(server, idle);
  const handshake = plain(t, server);
  await once(handshake, 'connect');
  const half = await server.connect();
  await half.send('GET /ver');
  await within('the server to stop', server.api.close(), 1500);
  assert.match((await watcher.peer.readToEnd()).toString(), /\r\n0\r\n\r\n$/, 'the watch is ended, not cut');
  await idle.peer.expectEnd();
});

test('requests under way are finished before the server stops; later ones are refused', async (t) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  const text = requestText('POST', CONFIG_MAPS, { body: { metadata: { name: 'last' } } });
  await client.send(text.slice(0, -5));
  await assertServes(server);
  const closing = server.api.close();
  await client.send(text.slice(-5) + requestText('GET', '/version'));
  const answer = readAnswer(await client.readResponse());
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.header('connection'), 'close');
  await closing;
  await assert.rejects(server.connect());
});

test('a request that never ends does not keep the server from stopping', async (t) => {
  const server = await startTestServer(t, { timeouts: { lingerMs: 100 } });
  const client = await server.connect();
  await client.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`);
  await assertServes(server);
  await within('the server to stop', server.api.close(), 1500);
  await client.peer.readToEnd().catch(() => undefined);
});

test('a port that is taken is told with what to do', async (t) => {
  const server = await startTestServer(t);
  await assert.rejects(startTestServer(t, { port: server.port }), (error: Error & { hint?: string }) => {
    assert.match(error.message, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${server.port}: .*EADDRINUSE`));
    assert.match(error.hint ?? '', /choose another port/);
    return true;
  });
});

test('plain HTTP on the TLS port disturbs nobody', async (t) => {
  const server = await startTestServer(t);
  const client = new RawHttp1Client(new ScriptedPeer(plain(t, server)));
  await client.send('GET /version HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.peer.readToEnd().catch(() => undefined);
  await assertServes(server);
});
