import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import {
  connectScripted,
  freePort,
  leakCheck,
  RawHttp1Client,
  ScriptedPeer,
  ScriptedTcpServer,
  tempDir,
} from '@weft/testkit';

leakCheck();

test('two peers talk over any duplex stream', async () => {
  const [left, right] = duplexPair();
  const a = new ScriptedPeer(left);
  const b = new ScriptedPeer(right);
  await a.send('hel');
  await a.send('lo 42\n');
  await b.expect('hello ');
  const [, answer] = await b.expectMatch(/(\d+)\n/);
  assert.equal(answer, '42');
  await b.send(new Uint8Array([1, 2, 3]));
  assert.deepEqual([...(await a.read(2))], [1, 2]);
  assert.deepEqual([...a.pending], [3]);
  b.end();
  assert.deepEqual([...(await a.readToEnd())], [3]);
});

test('a wrong byte is reported at once, with both sides of the story', async () => {
  const [left, right] = duplexPair();
  const peer = new ScriptedPeer(right);
  await new ScriptedPeer(left).send('GOT /');
  await assert.rejects(peer.expect('GET / HTTP/1.1'), /expected "GET \/ HTTP\/1.1", but the peer sent "GOT \/"/);
});

test('what never comes and what ends too early are reported with what is there', async () => {
  const [left, right] = duplexPair();
  const a = new ScriptedPeer(left);
  const b = new ScriptedPeer(right);
  await a.send('ab');
  await assert.rejects(b.expect('abc', 5), /expected "abc", but have "ab"/);
  a.end();
  await assert.rejects(b.readUntil('\n'), /expected bytes up to "\\n", but have "ab"/);
  await assert.rejects(b.expectEnd(), /expected the end of the stream, but the peer sent "ab"/);
});

test('a scripted server accepts, half-closes and resets', async (t) => {
  const server = await ScriptedTcpServer.listen(t);
  const client = await connectScripted(t, server);
  const accepted = await server.accept();
  await client.send('ping');
  await accepted.expect('ping');
  accepted.end();
  await client.expectEnd();
  await client.send('still listening');
  await accepted.expect('still listening');
  const second = await connectScripted(t, server);
  (await server.accept()).reset();
  await second.readToEnd();
  assert.equal((second.error as NodeJS.ErrnoException).code, 'ECONNRESET');
});

test('a raw HTTP client sends half requests and reads every kind of body', async (t) => {
  const server = await ScriptedTcpServer.listen(t);
  const client = await RawHttp1Client.connect(t, server);
  const peer = await server.accept();
  await client.send('GET / HT');
  await peer.expect('GET / HT');
  await client.sendHead('TP/1.1', 'Host: a');
  await peer.expect('TP/1.1\r\nHost: a\r\n\r\n');
  await peer.send(
    'HTTP/1.1 200 OK\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n',
  );
  const chunked = await client.readResponse();
  assert.deepEqual([chunked.statusCode, chunked.statusText, chunked.body.toString()], [200, 'OK', 'abcde']);
  assert.deepEqual(chunked.headers[0], ['X-A', 'b']);
  await peer.send('HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno');
  assert.equal((await client.readResponse()).body.toString(), 'no');
  await peer.send('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n');
  assert.equal((await client.readResponse()).statusCode, 204);
  assert.equal((await client.readResponse('HEAD')).body.length, 0);
  await peer.send('HTTP/1.0 200 OK\r\n\r\nto the end');
  peer.end();
  assert.equal((await client.readResponse()).body.toString(), 'to the end');
});

test('a free port can be listened on', async (t) => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  t.after(() => close(server));
  await once(server, 'listening');
});

test('a temporary folder is gone after its test', async (t) => {
  let path = '';
  await t.test('inside', (inner) => {
    path = tempDir(inner);
    writeFileSync(join(path, 'file'), 'x');
  });
  assert.notEqual(path, '');
  assert.equal(existsSync(path), false);
});

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
