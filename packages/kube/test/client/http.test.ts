import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isMeshError, Secret, systemClock } from '@weft/core';
import { eventually, leakCheck, within } from '@weft/testkit';
import { ResourceClient } from '../../src/client/index.ts';
import { pods } from '../../src/client/test-support/pods.ts';
import { isApiStatusError } from '../../src/shared/status.ts';
import { type Answer, connectionTo, fakeApi, json, reset, status, transportTo } from './fake-api.ts';

leakCheck();

const get = { method: 'GET', path: '/api/v1/pods?limit=1' } as const;

test('a request carries its path below that of the server, its body, token and name; connections are kept', async (t) => {
  const api = await fakeApi(t, [json({ ok: true })]);
  const impersonation = { user: 'jane', groups: ['a', 'b'], extra: { 'example.io/x': ['1'] } };
  const connection = connectionTo(`${api.url}/prefix/`, { impersonation }, { token: new Secret('t0ken') });
  const transport = transportTo(t, connection);
  const body = { name: 'höhe' };
  assert.deepEqual(await transport.request({ ...get, method: 'POST', body, contentType: 'application/x' }), {
    ok: true,
  });
  await transport.request(get);
  const [first] = api.seen;
  assert.deepEqual(
    [first?.method, first?.url, first?.body],
    ['POST', '/prefix/api/v1/pods?limit=1', JSON.stringify(body)],
  );
  assert.equal(first?.headers['authorization'], 'Bearer t0ken');
  assert.equal(first?.headers['user-agent'], 'weft-test/1');
  assert.equal(first?.headers['content-type'], 'application/x');
  assert.equal(first?.headers['impersonate-user'], 'jane');
  assert.equal(first?.headers['impersonate-group'], 'a, b');
  assert.equal(first?.headers['impersonate-extra-example.io%2fx'], '1');
  assert.equal(api.connections, 1);
});

test('packed answers are unpacked, and one that grows too large is refused', async (t) => {
  const packed =
    (text: string): Answer =>
    (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(text));
    };
  const bomb = JSON.stringify('x'.repeat(1_000_000));
  const api = await fakeApi(t, [packed('{"a":1}'), packed(bomb), json('y'.repeat(20_000)), json({})]);
  const transport = transportTo(t, connectionTo(api.url), { maxResponseBytes: 10_000 });
  assert.deepEqual(await transport.request(get), { a: 1 });
  assert.equal(api.seen[0]?.headers['accept-encoding'], 'gzip');
  for (let count = 0; count < 2; count += 1) await assert.rejects(transport.request(get), /longer than 10000 bytes/);
  assert.deepEqual(await transport.request(get), {}, 'the next request works');
});

test('refusals become errors with reason, code and what the server said', async (t) => {
  const html: Answer = (response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html>bad gateway</html>');
  };
  const api = await fakeApi(t, [status(404, 'NotFound'), html, json('not json'), (r) => r.end('{"half')]);
  const transport = transportTo(t, connectionTo(api.url));
  await assert.rejects(
    transport.request(get),
    (error) => isApiStatusError(error, 'NotFound') && error.statusCode === 404,
  );
  await assert.rejects(transport.request(get), /status code 502 .*<html>bad gateway/);
  assert.equal(await transport.request(get), 'not json');
  await assert.rejects(transport.request(get), /answer to GET \/api\/v1\/pods is not JSON/);
});

test('busy servers and broken connections are tried again, for the verbs that bear it', async (t) => {
  const api = await fakeApi(t, [
    status(429, 'TooManyRequests', { 'retry-after': '0' }),
    status(503, 'ServiceUnavailable'),
    reset,
    json({ ok: 1 }),
  ]);
  const transport = transportTo(t, connectionTo(api.url));
  assert.deepEqual(await transport.request(get), { ok: 1 });
  assert.equal(api.seen.length, 4);

  const busy = await fakeApi(t, [status(429, 'TooManyRequests', { 'retry-after': '0' }), json({ ok: 2 })]);
  const create = { method: 'POST', path: '/x', body: { a: 1 } } as const;
  assert.deepEqual(
    await transportTo(t, connectionTo(busy.url)).request(create),
    { ok: 2 },
    'a 429 was not carried out',
  );
  assert.deepEqual(
    busy.seen.map((request) => request.body),
    ['{"a":1}', '{"a":1}'],
  );

  const broken = await fakeApi(t, [reset]);
  await assert.rejects(
    transportTo(t, connectionTo(broken.url)).request(create),
    (error) => isMeshError(error) && error.code === 'MESH_API_UNREACHABLE',
  );
  assert.equal(broken.seen.length, 1, 'a creation may have been carried out');

  const patient = await fakeApi(t, [status(429, 'TooManyRequests', { 'retry-after': '3600' })]);
  await assert.rejects(transportTo(t, connectionTo(patient.url)).request(get), (error) =>
    isApiStatusError(error, 'TooManyRequests'),
  );
  assert.equal(patient.seen.length, 1, 'nobody waits an hour');
});

test('a refused token is fetched anew once', async (t) => {
  const api = await fakeApi(t, [
    (response, request) => {
      const isNew = request.headers['authorization'] === 'Bearer new';
      (isNew ? json({ ok: true }) : status(401, 'Unauthorized'))(response, request);
    },
  ]);
  let token = 'old';
  const renewing = { get: () => Promise.resolve({ token: new Secret(token) }), invalidate: () => (token = 'new') };
  const transport = transportTo(t, connectionTo(api.url, { credentials: renewing }));
  assert.deepEqual(await transport.request(get), { ok: true });
  const stubborn = { get: () => Promise.resolve({ token: new Secret('old') }), invalidate: () => undefined };
  const refused = transportTo(t, connectionTo(api.url, { credentials: stubborn }));
  await assert.rejects(refused.request(get), (error) => isApiStatusError(error, 'Unauthorized'));
  assert.equal(api.seen.length, 4);
});

test('a server that hangs, at any point, is given up in time; an abort ends at once', async (t) => {
  const half: Answer = (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"a":');
  };
  const api = await fakeApi(t, [() => undefined, half]);
  const transport = transportTo(t, connectionTo(api.url));
  for (let count = 0; count < 2; count += 1) {
    await assert.rejects(
      transport.request({ ...get, timeoutMs: 50 }),
      /GET \/api\/v1\/pods at http:.* took longer than 50 ms/,
    );
  }
  const controller = new AbortController();
  const hanging = transport.request({ ...get, signal: controller.signal });
  await eventually(() => api.seen.length === 3);
  controller.abort(new Error('not needed any more'));
  await assert.rejects(hanging, /not needed any more/);
  await eventually(() => api.seen.every((request) => request.socket.destroyed), { what: 'connections to be let go' });
});

test('a server that is not there is named', async (t) => {
  const api = await fakeApi(t, [json({})]);
  const transport = transportTo(t, connectionTo(`http://127.0.0.1:1`));
  await assert.rejects(
    transport.request(get),
    (error) =>
      isMeshError(error) &&
      /cannot reach the API server at http:\/\/127.0.0.1:1: connect ECONNREFUSED/.test(error.message) &&
      error.hint === 'is the server running?',
  );
  assert.equal(api.seen.length, 0);
});

test('warnings of the server are passed on', async (t) => {
  const warning = '299 - "spec.x is \\"old\\"", 299 - "and so are you"';
  const api = await fakeApi(t, [json({}, 200, { warning })]);
  const seen: string[] = [];
  await transportTo(t, connectionTo(api.url), { onWarning: (text) => seen.push(text) }).request(get);
  assert.deepEqual(seen, ['spec.x is "old"', 'and so are you']);
});

test('a watch over a real connection: slow pieces, a reset, and closing', async (t) => {
  const event = (name: string) =>
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion: '1' } } })}\n`;
  let socket: Socket | undefined;
  const api = await fakeApi(t, [
    (response, request) => {
      socket = request.socket;
      response.writeHead(200);
      const text = event('a') + event('b');
      response.write(text.slice(0, 10));
      setImmediate(() => response.write(text.slice(10)));
    },
  ]);
  const transport = transportTo(t, connectionTo(api.url));
  const client = new ResourceClient({
    transport,
    clock: systemClock,
    resource: pods,
    namespace: 'ns',
    fieldManager: 't',
  });
  const watch = await client.watch({ resourceVersion: '5', allowWatchBookmarks: true });
  const items = watch[Symbol.asyncIterator]();
  for (const name of ['a', 'b']) {
    const { value } = await within('an event', items.next());
    assert.equal(value?.kind === 'added' && value.object.metadata.name, name);
  }
  assert.equal(api.seen[0]?.url, '/api/v1/namespaces/ns/pods?resourceVersion=5&allowWatchBookmarks=true&watch=true');
  assert.equal(api.seen[0]?.headers['accept-encoding'], 'identity');
  const next = items.next();
  socket?.resetAndDestroy();
  await assert.rejects(
    within('the break', next),
    (error) => isMeshError(error) && error.code === 'MESH_API_UNREACHABLE',
  );

  const second = await client.watch();
  const reading = second[Symbol.asyncIterator]();
  await reading.next();
  await reading.next();
  const waiting = reading.next();
  second.close();
  assert.equal((await within('the end', waiting)).done, true);
  await eventually(() => api.seen.at(-1)?.socket.destroyed, { what: 'the connection to be let go' });

  const controller = new AbortController();
  const third = await client.watch({ signal: controller.signal });
  const drained = (async () => {
    for await (const item of third) assert.equal(item.kind, 'added');
  })();
  controller.abort();
  await assert.rejects(within('the abort', drained), isMeshError);
});

test('requests go through a proxy tunnel, and a proxy that refuses is named', async (t) => {
  const api = await fakeApi(t, [json({ ok: true })]);
  const tunnels: string[] = [];
  const { createServer } = await import('node:http');
  const proxy = createServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', (request, client: Socket) => {
    tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`);
    sockets.add(client);
    if (request.url?.startsWith('127.0.0.1:1') && request.url.endsWith(':1')) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect(api.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as { port: number };
  const proxyUrl = new URL(`http://me:p%40ss@127.0.0.1:${port}`);
  const transport = transportTo(t, connectionTo(api.url, { proxyUrl }));
  assert.deepEqual(await transport.request(get), { ok: true });
  assert.deepEqual(tunnels, [`127.0.0.1:${api.port} Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
  const refused = transportTo(t, connectionTo('http://127.0.0.1:1', { proxyUrl }));
  await assert.rejects(
    refused.request(get),
    new RegExp(`proxy 127.0.0.1:${port} refused the tunnel to 127.0.0.1:1 with 403 Forbidden`),
  );
});
