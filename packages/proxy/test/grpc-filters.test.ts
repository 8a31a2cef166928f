/** The filters for gRPC at work, between real sockets. */
import assert from 'node:assert/strict';
import type { ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { cluster, listener, startProxy } from '../src/test-support/start-proxy.ts';

const http2 = process.getBuiltinModule('node:http2');

const extensions = 'type.googleapis.com/envoy.extensions.filters';
/** A message of five bytes with its head. */
const MESSAGE = Buffer.from([0, 0, 0, 0, 5, ...Buffer.from('hello')]);

/** A server that sends every message back twice, and says how the call ended in trailers; there is one path that it does not know. */
async function startEcho(t: TestContext): Promise<number> {
  const server = http2.createServer();
  server.on('stream', (stream: ServerHttp2Stream, head) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => {
      if (head[':path'] === '/missing') {
        stream.respond({ ':status': 404, 'content-type': 'text/plain' });
        stream.end('no \n');
        return;
      }
      const body = Buffer.concat(pieces);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'x-type': String(head['content-type']) },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': head[':path'] === '/a.B/Fails' ? '5' : '0' });
      });
      stream.end(Buffer.concat([body, body]));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function proxyWith(t: TestContext, filter: object) {
  const app = cluster('app', [await startEcho(t)], {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  });
  const hcm = {
    '@type': `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'main',
    http_filters: [
      { name: 'tested', typed_config: filter },
      { name: 'router', typed_config: { '@type': `${extensions}.http.router.v3.Router` } },
    ],
    route_config: {
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'app' } }] }],
    },
  };
  const main = listener('main', { filter_chains: [{ filters: [{ name: 'hcm', typed_config: hcm }] }] });
  return await startProxy(t, { static_resources: { listeners: [main], clusters: [app] } });
}

interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

async function callGrpc(port: number, { path, headers, body }: Call): Promise<string> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      stream.on('trailers', (trailers) => {
        resolve(String(trailers['grpc-status']));
      });
      stream.on('error', reject);
      stream.resume();
      stream.end(body);
    });
  } finally {
    session.close();
  }
}

async function callWeb(port: number, { path, headers, body }: Call) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: Buffer.from(body) });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

const TRAILERS = Buffer.from('grpc-status:0\r\n');
const TRAILER_FRAME = Buffer.from([0x80, 0, 0, 0, TRAILERS.length, ...TRAILERS]);

describe('grpc_web', () => {
  const config = { '@type': `${extensions}.http.grpc_web.v3.GrpcWeb` };
  const answer = Buffer.concat([MESSAGE, MESSAGE, TRAILER_FRAME]);

  it('speaks gRPC to the upstream, and ends the body with the trailers', async (t) => {
    const proxy = await proxyWith(t, config);
    const { response, bytes } = await callWeb(proxy.port('main'), {
      path: '/a.B/Works',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: MESSAGE,
    });
    assert.equal(response.headers.get('x-type'), 'application/grpc');
    assert.equal(response.headers.get('content-type'), 'application/grpc-web+proto');
    assert.deepEqual(bytes, answer);
  });

  it('reads and writes base64 for clients that have nothing better', async (t) => {
    const proxy = await proxyWith(t, config);
    const type = 'application/grpc-web-text';
    const { response, bytes } = await callWeb(proxy.port('main'), {
      path: '/a.B/Works',
      headers: { 'content-type': type, accept: type },
      body: Buffer.from(MESSAGE.toString('base64')),
    });
    assert.equal(response.headers.get('content-type'), 'application/grpc-web-text+proto');
    assert.deepEqual(Buffer.from(bytes.toString(), 'base64'), answer);
  });

  it('refuses what is no base64', async (t) => {
    const proxy = await proxyWith(t, config);
    const { response } = await callWeb(proxy.port('main'), {
      path: '/a.B/Works',
      headers: { 'content-type': 'application/grpc-web-text' },
      body: Buffer.from('!!!!'),
    });
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('grpc-status'), '13');
    assert.equal(response.headers.get('grpc-message'), 'Bad gRPC-web request, invalid base64 data.');
  });

  it('tells in the words of gRPC what an upstream answers that does not speak it', async (t) => {
    const proxy = await proxyWith(t, config);
    const { response, bytes } = await callWeb(proxy.port('main'), {
      path: '/missing',
      headers: { 'content-type': 'application/grpc-web' },
      body: MESSAGE,
    });
    const { headers } = response;
    assert.deepEqual([response.status, headers.get('grpc-status'), headers.get('grpc-message')], [404, '12', 'no %0A']);
    assert.equal(headers.get('content-type'), 'application/grpc-web+proto');
    assert.equal(bytes.length, 0);
  });
});

describe('grpc_stats', () => {
  it('counts calls and messages for each method', async (t) => {
    const proxy = await proxyWith(t, {
      '@type': `${extensions}.http.grpc_stats.v3.FilterConfig`,
      stats_for_all_methods: true,
      enable_upstream_stats: true,
    });
    const headers = { 'content-type': 'application/grpc', te: 'trailers' };
    assert.equal(await callGrpc(proxy.port('main'), { path: '/a.B/Works', headers, body: MESSAGE }), '0');
    assert.equal(await callGrpc(proxy.port('main'), { path: '/a.B/Fails', headers, body: MESSAGE }), '5');
    const stat = (name: string) => proxy.stat(`cluster.app.grpc.a.B.${name}`);
    assert.deepEqual([stat('Works.success'), stat('Works.failure'), stat('Works.total')], [1, 0, 1]);
    assert.deepEqual([stat('Fails.success'), stat('Fails.failure'), stat('Fails.total')], [0, 1, 1]);
    assert.deepEqual([stat('Works.request_message_count'), stat('Works.response_message_count')], [1, 2]);
  });
});
