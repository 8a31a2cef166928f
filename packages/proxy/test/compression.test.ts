/** Compression and decompression between real clients and servers; node:zlib reads and writes what the proxy does. */
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { brotliDecompressSync, createGunzip, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { eventuallyPasses } from '@weft/testkit';
import { httpFilter, httpListener, routeTo } from '../src/test-support/http-listener.ts';
import { httpServer } from '../src/test-support/http-peers.ts';
import { cluster, startProxy } from '../src/test-support/start-proxy.ts';

const http = process.getBuiltinModule('node:http');
const http2 = process.getBuiltinModule('node:http2');
const TYPE = 'type.googleapis.com/envoy.extensions.compression';
/** Less alike than a bomb. */
const TEXT = Array.from({ length: 3000 }, (_, i) => `happy family ${(i * i * 7919) % 10_007} is alike. `).join('');

type Parts = Readonly<Record<string, unknown>>;

const codec = (name: string, type: string, parts: Parts = {}) => ({
  name,
  typed_config: { '@type': `${TYPE}.${type}`, ...parts },
});
const compressor = (name: string, type: string, parts: Parts = {}) =>
  httpFilter(name, 'compressor.v3.Compressor', { compressor_library: codec(name, type), ...parts });
const decompressor = (name: string, type: string, parts: Parts = {}, codecParts: Parts = {}) =>
  httpFilter(name, 'decompressor.v3.Decompressor', { decompressor_library: codec(name, type, codecParts), ...parts });
const GZIP = compressor('g', 'gzip.compressor.v3.Gzip');
const BROTLI = compressor('b', 'brotli.compressor.v3.Brotli');

async function start(t: TestContext, filters: readonly Parts[], app: RequestListener, routes = [routeTo('app')]) {
  const port = await httpServer(t, app);
  const trailers = { enable_trailers: true };
  const proxy = await startProxy(t, {
    static_resources: {
      listeners: [httpListener('main', { filters, routes, http_protocol_options: trailers })],
      clusters: [
        cluster('app', [port], {
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http_protocol_options: trailers },
            },
          },
        }),
      ],
    },
  });
  return { ...proxy, port: proxy.port('main') };
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Sends a request; resolves with the head. */
function ask(port: number, { body, ...options }: Asked = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', port, agent: false, ...options }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function get(port: number, asked: Asked = {}) {
  const message = await ask(port, asked);
  return { message, headers: message.headers, body: await bytesOf(message) };
}

/** Answers with a text; the query of the request may hold header fields. */
const textApp: RequestListener = (request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://app');
  for (const [name, value] of searchParams) response.setHeader(name, value);
  if (!searchParams.has('content-type')) response.setHeader('content-type', 'text/plain');
  response.setHeader('x-asked', request.headers['accept-encoding'] ?? '');
  response.end(TEXT);
};

/** Says what arrived, if it did in full. */
const echoApp: RequestListener = (request, response) => {
  bytesOf(request).then(
    (body) => {
      response.setHeader('x-arrived', JSON.stringify(request.headers));
      response.setHeader('x-trailers', JSON.stringify(request.trailers));
      response.end(body);
    },
    () => response.destroy(),
  );
};

const accepting = (encodings: string, path = '/') => ({ path, headers: { 'accept-encoding': encodings } });

describe('the compressor', () => {
  it('compresses what the client takes so, and counts', async (t) => {
    const proxy = await start(t, [GZIP], textApp);
    const { headers, body } = await get(proxy.port, accepting('gzip', '/?etag=%22abc%22'));
    assert.ok(gunzipSync(body).toString() === TEXT);
    assert.deepEqual(
      [headers['content-encoding'], headers['content-length'], headers.vary, headers.etag],
      ['gzip', undefined, 'Accept-Encoding', undefined],
    );
    const plain = await get(proxy.port, accepting('br'));
    assert.ok(plain.body.toString() === TEXT);
    assert.deepEqual(
      [plain.headers['content-encoding'], plain.headers['content-length'], plain.headers.vary],
      [undefined, String(TEXT.length), 'Accept-Encoding'],
    );
    const image = await get(proxy.port, accepting('gzip', '/?content-type=image%2Fpng'));
    assert.deepEqual([image.headers['content-encoding'], image.headers.vary], [undefined, undefined]);
    const stat = (name: string) => proxy.stat(`http.main.compressor.g.gzip.${name}`);
    assert.deepEqual(
      ['compressed', 'not_compressed', 'header_compressor_used', 'header_not_valid'].map(stat),
      [1, 2, 1, 2],
    );
    assert.deepEqual([stat('total_uncompressed_bytes'), stat('total_compressed_bytes')], [TEXT.length, body.length]);
  });

  it('gives each client what it likes best, of several', async (t) => {
    const zstd = compressor('z', 'zstd.compressor.v3.Zstd');
    const proxy = await start(t, [GZIP, BROTLI, zstd], textApp);
    const encodingOf = async (accepted: string) => {
      const { headers, body } = await get(proxy.port, accepting(accepted));
      const encoding = headers['content-encoding'] ?? '';
      const readers: Record<string, (bytes: Buffer) => Buffer> = {
        gzip: gunzipSync,
        br: brotliDecompressSync,
        zstd: zstdDecompressSync,
      };
      assert.ok((readers[encoding]?.(body) ?? body).toString() === TEXT);
      return encoding;
    };
    assert.equal(await encodingOf('gzip;q=0.5, br'), 'br');
    assert.equal(await encodingOf('zstd, br;q=0.9'), 'zstd');
    assert.equal(await encodingOf('*'), 'gzip');
    assert.equal(await encodingOf('identity, gzip;q=0'), '');
  });

  it('sends what there is at once, however slow the response', async (t) => {
    let finish = () => {};
    const proxy = await start(t, [GZIP], (_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.write('first');
      finish = () => response.end('last');
    });
    const message = await ask(proxy.port, accepting('gzip'));
    const text: string[] = [];
    const gunzip = createGunzip();
    message.pipe(gunzip);
    gunzip.on('data', (piece: Buffer) => text.push(piece.toString()));
    await eventuallyPasses(() => assert.deepEqual(text, ['first']));
    finish();
    await eventuallyPasses(() => assert.deepEqual(text, ['first', 'last']));
  });

  it('does as the route says', async (t) => {
    const perRoute = (parts: Parts) => ({
      typed_per_filter_config: {
        g: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute', ...parts },
      },
    });
    const overrides = { response_direction_config: { remove_accept_encoding_header: true } };
    const proxy = await start(t, [GZIP], textApp, [
      routeTo('app', '/off', perRoute({ disabled: true })),
      routeTo('app', '/alone', perRoute({ overrides })),
      routeTo('app'),
    ]);
    const off = await get(proxy.port, accepting('gzip', '/off'));
    assert.deepEqual([off.headers['content-encoding'], off.headers['x-asked']], [undefined, 'gzip']);
    const alone = await get(proxy.port, accepting('gzip', '/alone'));
    assert.deepEqual([alone.headers['content-encoding'], alone.headers['x-asked']], ['gzip', '']);
  });

  it('compresses requests where it is told to', async (t) => {
    const proxy = await start(
      t,
      [compressor('g', 'gzip.compressor.v3.Gzip', { request_direction_config: {} })],
      echoApp,
    );
    const headers = { 'content-type': 'text/plain' };
    const { headers: answered, body } = await get(proxy.port, { method: 'POST', headers, body: TEXT });
    assert.ok(gunzipSync(body).toString() === TEXT);
    const arrived = JSON.parse(String(answered['x-arrived'])) as Record<string, string>;
    assert.deepEqual([arrived['content-encoding'], arrived['content-length']], ['gzip', undefined]);
    const small = await get(proxy.port, { method: 'POST', headers, body: 'small' });
    assert.equal(small.body.toString(), 'small');
    const stat = (name: string) => proxy.stat(`http.main.compressor.g.gzip.request.${name}`);
    assert.deepEqual(['compressed', 'not_compressed', 'content_length_too_small'].map(stat), [1, 1, 1]);
  });

  it('keeps trailers behind the body', async (t) => {
    const proxy = await start(t, [GZIP], (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', trailer: 'x-sum' });
      response.write(TEXT);
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    const { message, body } = await get(proxy.port, accepting('gzip'));
    assert.ok(gunzipSync(body).toString() === TEXT);
    assert.deepEqual(message.trailers, { 'x-sum': '42' });
  });

  it('makes the upstream wait for a client that does not read, and gives up with it', async (t) => {
    let written = 0;
    let isClosed = false;
    const noise = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * i * 31) % 251));
    const proxy = await start(t, [GZIP], (_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.on('close', () => {
        isClosed = true;
      });
      const fill = () => {
        do written += noise.length;
        while (!response.destroyed && response.write(noise));
      };
      response.on('drain', fill);
      fill();
    });
    const message = await ask(proxy.port, accepting('gzip'));
    let before = -1;
    await eventuallyPasses(() => {
      const now = written;
      const isStill = now === before;
      before = now;
      assert.ok(isStill, 'the upstream goes on');
    });
    assert.equal(isClosed, false);
    message.destroy();
    await eventuallyPasses(() => assert.equal(isClosed, true));
  });

  it('makes a client wait for an upstream that does not read, and ends with it', async (t) => {
    let isClosed = false;
    const filter = compressor('g', 'gzip.compressor.v3.Gzip', { request_direction_config: {} });
    const proxy = await start(t, [filter], (request) => {
      request.pause();
      request.on('close', () => {
        isClosed = true;
      });
      request.on('error', () => undefined);
    });
    const noise = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * i * 31) % 251));
    const sent = http.request({ host: '127.0.0.1', port: proxy.port, method: 'POST', agent: false });
    sent.on('error', () => undefined);
    sent.setHeader('content-type', 'text/plain');
    let written = 0;
    const fill = () => {
      do written += noise.length;
      while (!sent.destroyed && sent.write(noise));
    };
    sent.on('drain', fill);
    fill();
    let before = -1;
    await eventuallyPasses(() => {
      const isStill = written === before;
      before = written;
      assert.ok(isStill, 'the client goes on');
    });
    assert.ok((proxy.stat('http.main.downstream_flow_control_paused_reading_total') ?? 0) > 0);
    assert.equal(isClosed, false);
    sent.destroy();
    await eventuallyPasses(() => assert.equal(isClosed, true));
  });

  it('works on HTTP/2 streams beside each other', async (t) => {
    const proxy = await start(t, [GZIP], textApp);
    const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
    t.after(() => session.close());
    const bodies = Array.from({ length: 20 }, async (_, i) => {
      const stream = session.request({ ':path': `/?x-i=${i}`, 'accept-encoding': i % 2 === 0 ? 'gzip' : 'br' });
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces);
      return (i % 2 === 0 ? gunzipSync(body) : body).toString() === TEXT;
    });
    assert.deepEqual(new Set(await Promise.all(bodies)), new Set([true]));
    assert.equal(proxy.stat('http.main.compressor.g.gzip.compressed'), 10);
  });

  it('is part of answers that the proxy gives itself', async (t) => {
    const body = { inline_string: TEXT.slice(0, 3000) };
    const route = { match: { prefix: '/' }, direct_response: { status: 200, body } };
    const proxy = await start(t, [GZIP], textApp, [route as never]);
    const answer = await get(proxy.port, accepting('gzip'));
    assert.equal(gunzipSync(answer.body).toString(), body.inline_string);
  });
});

describe('the decompressor', () => {
  const GUNZIP = decompressor('G', 'gzip.decompressor.v3.Gzip');
  const zipped = { 'content-encoding': 'gzip' };

  it('decompresses requests and tells in trailers how much there was', async (t) => {
    const proxy = await start(t, [GUNZIP], echoApp);
    const packed = gzipSync(TEXT);
    const { headers, body } = await get(proxy.port, { method: 'POST', headers: zipped, body: packed });
    assert.ok(body.toString() === TEXT);
    const arrived = JSON.parse(String(headers['x-arrived'])) as Record<string, string>;
    assert.deepEqual([arrived['content-encoding'], arrived['accept-encoding']], [undefined, 'gzip']);
    assert.deepEqual(JSON.parse(String(headers['x-trailers'])), {
      'x-envoy-decompressor-g-compressed-bytes': String(packed.length),
      'x-envoy-decompressor-g-uncompressed-bytes': String(TEXT.length),
    });
    assert.equal(proxy.stat('http.main.decompressor.G.gzip.request.decompressed'), 1);
  });

  it('decompresses responses', async (t) => {
    const proxy = await start(t, [GUNZIP], (request, response) => {
      assert.equal(request.headers['accept-encoding'], 'gzip');
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(TEXT));
    });
    const { message, headers, body } = await get(proxy.port);
    assert.ok(body.toString() === TEXT);
    assert.deepEqual([headers['content-encoding'], headers['content-length']], [undefined, undefined]);
    assert.equal(message.trailers['x-envoy-decompressor-g-uncompressed-bytes'], String(TEXT.length));
  });

  it('refuses requests that are not what they say, or grow too much', async (t) => {
    const proxy = await start(t, [GUNZIP], echoApp);
    const statusOf = async (body: Buffer) =>
      (await get(proxy.port, { method: 'POST', headers: zipped, body })).message.statusCode;
    assert.equal(await statusOf(Buffer.from('this is no gzip at all')), 400);
    assert.equal(await statusOf(gzipSync(TEXT).subarray(0, 100)), 400);
    assert.equal(await statusOf(gzipSync('a'.repeat(1_000_000))), 400);
    const errors = 'http.main.decompressor.G.gzip.decompressor_library';
    assert.deepEqual([proxy.stat(`${errors}.zlib_data_error`), proxy.stat(`${errors}.zlib_buf_error`)], [2, 1]);
  });

  it('cuts responses off that are not what they say', async (t) => {
    const proxy = await start(t, [GUNZIP], (request, response) => {
      response.setHeader('content-encoding', 'gzip');
      const cut = gzipSync(TEXT).subarray(0, 200);
      if (request.url !== '/late') return void response.end(cut);
      response.write(cut);
      response.end();
    });
    await assert.rejects(get(proxy.port), /aborted|hang up/);
    await assert.rejects(get(proxy.port, { path: '/late' }), /aborted/);
  });

  it('takes as much growth as it is told to', async (t) => {
    const generous = decompressor('G', 'gzip.decompressor.v3.Gzip', {}, { max_inflate_ratio: 1032 });
    const proxy = await start(t, [generous], echoApp);
    const body = gzipSync('a'.repeat(1_000_000));
    assert.equal((await get(proxy.port, { method: 'POST', headers: zipped, body })).body.length, 1_000_000);
  });

  it('gives a compressor what it compresses anew', async (t) => {
    const proxy = await start(t, [BROTLI, GUNZIP], (_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(TEXT));
    });
    const { headers, body } = await get(proxy.port, accepting('br'));
    assert.equal(headers['content-encoding'], 'br');
    assert.ok(brotliDecompressSync(body).toString() === TEXT);
  });
});
