/** Without a log, heads are not kept: what is said of a request must still be that of this request. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import http2 from 'node:http2';
import { describe, it, type TestContext } from 'node:test';
import { leakCheck } from '@weft/testkit';
import { echo, httpServer, request } from '../src/test-support/http-peers.ts';
import { startTestProxy, type TestProxyOptions } from '../src/test-support/test-proxy.ts';

const { Agent } = process.getBuiltinModule('node:http');

leakCheck();

const never: RequestListener = (incoming) => void incoming.resume();

function start(t: TestContext, upstream: number, route: object = {}, rest: object = {}) {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'upstream', ...route }, ...rest }];
  return startTestProxy(t, {
    clusters: { upstream: { ports: [upstream] } },
    virtualHosts: [{ name: 'v', domains: ['*'], routes }] as unknown as NonNullable<TestProxyOptions['virtualHosts']>,
    isLogged: false,
  });
}

/** As many different requests as there are numbers, each with what its answer must show. */
async function askAll(count: number, ask: (id: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, id) => ask(id)));
}

describe('without a log', () => {
  it('requests side by side get their own answers over HTTP/1', async (t) => {
    const proxy = await start(t, await httpServer(t, echo));
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    t.after(() => agent.destroy());
    await askAll(400, async (id) => {
      const method = ['GET', 'POST', 'PUT', 'DELETE'][id % 4]!;
      const body = id % 4 === 1 || id % 4 === 2 ? `body ${id}`.repeat(1 + (id % 50)) : '';
      const answer = await request(proxy.port, {
        method,
        path: `/p/${id}?q=${'x'.repeat(id % 70)}`,
        headers: { 'x-own': `own ${id}` },
        body,
        agent,
      });
      const seen = JSON.parse(answer.body) as {
        method: string;
        url: string;
        headers: Record<string, string>;
        body: string;
      };
      assert.deepEqual(
        [seen.method, seen.url, seen.headers['x-own'], seen.body],
        [method, `/p/${id}?q=${'x'.repeat(id % 70)}`, `own ${id}`, body],
      );
    });
  });

  it('and over HTTP/2', async (t) => {
    const proxy = await start(t, await httpServer(t, echo));
    const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
    t.after(() => session.close());
    await askAll(
      200,
      (id) =>
        new Promise((resolve, reject) => {
          const stream = session.request({ ':path': `/p/${id}`, 'x-own': `own ${id}` });
          let text = '';
          stream.setEncoding('utf8');
          stream.on('data', (piece: string) => {
            text += piece;
          });
          stream.on('error', reject);
          stream.on('end', () => {
            const seen = JSON.parse(text) as { url: string; headers: Record<string, string> };
            assert.deepEqual([seen.url, seen.headers['x-own']], [`/p/${id}`, `own ${id}`]);
            resolve();
          });
        }),
    );
  });

  it('a request that has gone is answered in its own form when the upstream does not answer', async (t) => {
    const proxy = await start(t, await httpServer(t, never), { timeout: '0.03s' });
    const ask = (options: object) => request(proxy.port, options);
    const [get, head, grpc] = await Promise.all([
      ask({ path: '/a' }),
      ask({ method: 'HEAD', path: '/b' }),
      ask({ method: 'GET', path: '/c', headers: { 'content-type': 'application/grpc', te: 'trailers' } }),
    ]);
    assert.deepEqual([get.status, get.body], [504, 'upstream request timeout']);
    assert.deepEqual([head.status, head.body], [504, '']);
    assert.deepEqual([grpc.status, grpc.headers['grpc-status']], [200, '14']);
  });

  it('tracing that is forced shows in the answer', async (t) => {
    const proxy = await start(t, await httpServer(t, echo));
    const headers = { 'x-envoy-force-trace': '1', 'x-request-id': 'ca1e3ed2-6a1f-4f0b-8f0e-5d1c7c6f9a10' };
    const answer = await request(proxy.port, { headers });
    const seen = JSON.parse(answer.body) as { headers: Record<string, string> };
    // Whoever may not force it does not.
    assert.equal(answer.headers['x-request-id'], seen.headers['x-envoy-force-trace'] && seen.headers['x-request-id']);
  });

  it('headers that tell of the stream are told the truth', async (t) => {
    const headers = [
      { header: { key: 'x-head', value: '%DOWNSTREAM_HEADER_BYTES_RECEIVED%' } },
      { header: { key: 'x-answer', value: '%REQ(x-own)% %RESP(content-type)% %REQUEST_DURATION%' } },
    ];
    const proxy = await start(t, await httpServer(t, echo), {}, { response_headers_to_add: headers });
    const small = await request(proxy.port, { headers: { 'x-own': 'a' } });
    const large = await request(proxy.port, { headers: { 'x-own': 'a'.repeat(101) } });
    assert.equal(Number(large.headers['x-head']) - Number(small.headers['x-head']), 100);
    assert.match(String(small.headers['x-answer']), /^a application\/json \d+$/);
  });
});
