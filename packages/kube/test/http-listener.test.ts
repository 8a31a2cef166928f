/** The listener with handlers that misbehave, in plain text: what goes wrong stays with its connection. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { captureLogger, eventually, RawHttp1Client } from '@weft/testkit';
import type { IncomingCall } from '../src/server/handler.ts';
import { HttpListener, type ListenerOptions } from '../src/server/http/listener.ts';
import type { ApiResponse } from '../src/server/index.ts';

type Handle = (call: IncomingCall) => Promise<ApiResponse>;

const ok: ApiResponse = { kind: 'body', status: 200, contentType: 'text/plain', body: 'ok' };

async function listen(
  t: TestContext,
  handle: Handle,
  options: Partial<ListenerOptions> = {},
): Promise<{ port: number; errors: () => string[]; listener: HttpListener }> {
  const log = captureLogger();
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    handler: { handle },
    log: log.logger,
    ...options,
  });
  const { port } = await listener.start();
  t.after(() => listener.close());
  return { port, listener, errors: () => log.messages('error') };
}

test('an answer that cannot be sent ends its connection, is logged, and nothing else happens', async (t) => {
  const broken: Record<string, ApiResponse> = {
    '/header': { ...ok, headers: { 'x-bad': 'a\r\nb' } },
    '/start': {
      kind: 'stream',
      status: 200,
      contentType: 'text/plain',
      start: () => {
        throw new Error('no stream');
      },
    },
  };
  const server = await listen(t, (call) => Promise.resolve(broken[call.path] ?? ok));
  for (const path of Object.keys(broken)) {
    const client = await RawHttp1Client.connect(t, server);
    await client.sendHead(`GET ${path} HTTP/1.1`, 'Host: a');
    await client.peer.readToEnd();
  }
  assert.equal(server.errors().length, 2);
  const client = await RawHttp1Client.connect(t, server);
  await client.sendHead('GET / HTTP/1.1', 'Host: a');
  assert.equal((await client.readResponse()).statusCode, 200);
});

test('a stream that is written to after its end, or after its client left, does no harm', async (t) => {
  let write = (): void => undefined;
  let closed = 0;
  const server = await listen(t, async () => ({
    kind: 'stream',
    status: 200,
    contentType: 'text/plain',
    start: (sink) => {
      sink.onClose(() => {
        closed++;
      });
      sink.write('first');
      sink.end();
      write = () => sink.write('more');
      write();
      sink.end();
    },
  }));
  const client = await RawHttp1Client.connect(t, server);
  await client.sendHead('GET / HTTP/1.1', 'Host: a');
  assert.equal((await client.readResponse()).body.toString(), 'first');
  client.peer.reset();
  await eventually(() => server.listener.connections === 0);
  write();
  assert.equal(closed, 1);
  assert.deepEqual(server.errors(), []);
});

test('bodies of all clients together are bounded, and room comes back with the answers', async (t) => {
  const release: (() => void)[] = [];
  const handle: Handle = async (call) => {
    try {
      await call.readBody();
    } catch (error) {
      return { ...ok, status: (error as { statusCode: number }).statusCode };
    }
    await new Promise<void>((resolve) => release.push(resolve));
    return ok;
  };
  const server = await listen(t, handle, { maxBodyBytes: 1000 });
  const send = async (head: string, body: string): Promise<RawHttp1Client> => {
    const client = await RawHttp1Client.connect(t, server);
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`);
    return client;
  };
  const first = await send('Content-Length: 600', 'x'.repeat(600));
  await eventually(() => release.length === 1);
  const declared = await send('Content-Length: 600', 'x'.repeat(600));
  assert.equal((await declared.readResponse()).statusCode, 429);
  const chunked = await send('Transfer-Encoding: chunked', `258\r\n${'x'.repeat(600)}\r\n0\r\n\r\n`);
  assert.equal((await chunked.readResponse()).statusCode, 429);
  const small = await send('Content-Length: 400', 'x'.repeat(400));
  await eventually(() => release.length === 2);
  for (const done of release) done();
  assert.equal((await first.readResponse()).statusCode, 200);
  assert.equal((await small.readResponse()).statusCode, 200);
  const later = await send('Content-Length: 1000', 'x'.repeat(1000));
  await eventually(() => release.length === 3);
  release[2]!();
  assert.equal((await later.readResponse()).statusCode, 200);
});

test('a body whose sender left ends the wait for it', async (t) => {
  const reasons: string[] = [];
  const server = await listen(t, async (call) => {
    // The client leaves before anybody looks at its body.
    await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    await call.readBody().catch((error: Error) => reasons.push(error.message));
    return ok;
  });
  const client = await RawHttp1Client.connect(t, server);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
  client.peer.reset();
  await eventually(() => reasons.length === 1);
  assert.match(reasons[0]!, /client went away/);
  assert.deepEqual(server.errors(), []);
});

test('an early answer to a small request keeps the connection; to a large one it ends it', async (t) => {
  const server = await listen(t, () => Promise.resolve(ok));
  const small = await RawHttp1Client.connect(t, server);
  await small.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(500)}`);
  assert.equal((await small.readResponse()).statusCode, 200);
  await small.send(`${'x'.repeat(500)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal((await small.readResponse()).statusCode, 200);
  const large = await RawHttp1Client.connect(t, server);
  await large.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nxxx');
  assert.equal((await large.readResponse()).headers.find(([name]) => name === 'connection')?.[1], 'close');
  large.peer.end();
  await large.peer.expectEnd();
});
