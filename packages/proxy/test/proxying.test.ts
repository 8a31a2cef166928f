/** Requests through the whole HTTP path: client, connection manager, router, pool, server. */
import assert from 'node:assert/strict';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ResponseFlag } from '@weft/engine';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { firstOwnAddress } from '../src/http/manager/incoming/proxy-identity.ts';
import { closedPort, echo, httpServer, lastLog, listen, reply, request } from '../src/test-support/http-peers.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';
import { startTestProxy } from '../src/test-support/test-proxy.ts';

leakCheck();

const http = process.getBuiltinModule('node:http');

describe('an HTTP/1 request', () => {
  it('reaches the upstream with the headers a proxy adds, and its answer comes back', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, echo)] } } });
    const answer = await request(proxy.port, {
      method: 'POST',
      path: '/a?b=c',
      headers: { 'x-own': '1' },
      body: 'hello',
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['server'], 'envoy');
    assert.match(String(answer.headers['x-envoy-upstream-service-time']), /^\d+$/);
    const seen = JSON.parse(answer.body) as {
      method: string;
      url: string;
      body: string;
      headers: Record<string, string>;
    };
    assert.deepEqual([seen.method, seen.url, seen.body], ['POST', '/a?b=c', 'hello']);
    assert.equal(seen.headers['x-own'], '1');
    assert.equal(seen.headers['x-forwarded-for'], firstOwnAddress());
    assert.equal(seen.headers['x-forwarded-proto'], 'http');
    assert.equal(seen.headers['host'], `127.0.0.1:${proxy.port}`);
    assert.match(
      seen.headers['x-request-id'] ?? '',
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(seen.headers['x-envoy-expected-rq-timeout-ms'], '15000');
    const log = await lastLog(proxy);
    assert.deepEqual([log.code, log.flags, log.attempts, log.bytesReceived], [200, 0, 1, 5]);
  });

  it('shares upstream connections, one after the other', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, echo)] } } });
    for (let i = 0; i < 20; i++) assert.equal((await request(proxy.port)).status, 200);
    assert.equal(proxy.clusterStat('upstream', 'upstream_cx_total'), 1);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_total'), 20);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0);
  });

  it('carries large bodies both ways with little memory in between', async (t) => {
    const size = 30_000_000;
    const upstream = await httpServer(t, (incoming, outgoing) => incoming.pipe(outgoing));
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [upstream] } } });
    const body = Buffer.alloc(size);
    for (let i = 0; i < size; i += 1000) body[i] = i % 251;
    const received: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const sent = http.request({ host: '127.0.0.1', port: proxy.port, method: 'POST' }, (response) => {
        response.on('data', (piece: Buffer) => received.push(piece));
        response.on('end', resolve);
      });
      sent.on('error', reject);
      sent.end(body);
    });
    assert.ok(Buffer.concat(received).equals(body));
  });

  it('passes trailers', async (t) => {
    const upstream = await httpServer(t, (_incoming, outgoing) => {
      outgoing.setHeader('trailer', 'x-sum');
      outgoing.write('data');
      outgoing.addTrailers({ 'x-sum': '42' });
      outgoing.end();
    });
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [upstream] } } });
    const answer = await request(proxy.port);
    assert.deepEqual([answer.body, answer.trailers['x-sum']], ['data', '42']);
  });

  it('answers HEAD without a body and keeps the connection', async (t) => {
    const upstream = await httpServer(t, (_incoming, outgoing) => {
      outgoing.setHeader('content-length', '5');
      outgoing.end();
    });
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [upstream] } } });
    const answer = await request(proxy.port, { method: 'HEAD' });
    assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [200, '5', '']);
    assert.equal((await request(proxy.port, { method: 'HEAD' })).status, 200);
    assert.equal(proxy.clusterStat('upstream', 'upstream_cx_total'), 1);
  });

  it('is told to continue before it sends its body', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, echo)] } } });
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = http.request({
        host: '127.0.0.1',
        port: proxy.port,
        method: 'POST',
        headers: { expect: '100-continue', 'content-length': '4' },
      });
      sent.on('continue', () => sent.end('body'));
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.on('data', (piece: Buffer) => resolve(String(piece)));
      });
      sent.flushHeaders();
    });
    const seen = JSON.parse(answer) as { body: string; headers: Record<string, string> };
    assert.deepEqual([seen.body, seen.headers['expect']], ['body', undefined]);
  });

  it('may be pipelined', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, echo)] } } });
    const socket = connect(proxy.port, '127.0.0.1');
    t.after(() => socket.destroy());
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    socket.write(
      'GET /1 HTTP/1.1\r\nhost: a\r\n\r\nPOST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nhost: a\r\n\r\n',
    );
    await eventuallyPasses(() => assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 3));
    const order = [...text.matchAll(/"url":"(\/\d)"/g)].map((match) => match[1]);
    assert.deepEqual(order, ['/1', '/2', '/3']);
  });
});

describe('what goes wrong', () => {
  it('has no route: 404', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: {},
      virtualHosts: [
        { name: 'v', domains: ['example.com'], routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }] },
      ],
    });
    assert.equal((await request(proxy.port)).status, 404);
    const log = await lastLog(proxy);
    assert.deepEqual([log.details, log.flags], ['route_not_found', ResponseFlag.noRouteFound]);
  });

  it('has no such cluster: 503', async (t) => {
    const proxy = await startTestProxy(t, { clusters: {} });
    assert.equal((await request(proxy.port)).status, 503);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.noClusterFound);
  });

  it('has no host: 503', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [] } } });
    const answer = await request(proxy.port);
    assert.deepEqual([answer.status, answer.body], [503, 'no healthy upstream']);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.noHealthyUpstream);
  });

  it('finds nobody listening: 503', async (t) => {
    const port = await tcpServer(t, (socket) => socket.destroy());
    const free = port === 65_535 ? 1 : port;
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await closedPort(t)] } } });
    assert.ok(free > 0);
    const answer = await request(proxy.port, { method: 'POST', body: 'x' });
    assert.equal(answer.status, 503);
    assert.match(
      answer.body,
      /^upstream connect error or disconnect\/reset before headers\. reset reason: remote connection failure/,
    );
    const log = await lastLog(proxy);
    assert.equal(log.flags, ResponseFlag.upstreamConnectionFailure);
    assert.equal(proxy.clusterStat('upstream', 'upstream_cx_connect_fail'), 1);
    assert.equal(proxy.clusterStat('upstream', 'upstream_cx_active'), 0);
  });

  it('loses the upstream before an answer: 503', async (t) => {
    const port = await tcpServer(t, (socket) => socket.once('data', () => socket.destroy()));
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [port] } } });
    assert.equal((await request(proxy.port)).status, 503);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.upstreamConnectionTermination);
  });

  it('loses the upstream in the middle of an answer: the client sees it cut off', async (t) => {
    const port = await tcpServer(t, (socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy());
      });
    });
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [port] } } });
    await assert.rejects(request(proxy.port));
    const log = await lastLog(proxy);
    assert.equal(log.flags, ResponseFlag.upstreamProtocolError);
    assert.match(log.details, /^upstream_reset_after_response_started/);
  });

  it('gets no HTTP from the upstream: 502', async (t) => {
    const port = await tcpServer(t, (socket) => socket.once('data', () => socket.write('hello, world\r\n\r\n')));
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [port] } } });
    assert.equal((await request(proxy.port)).status, 502);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.upstreamProtocolError);
  });

  it('waits too long: 504', async (t) => {
    const port = await tcpServer(t, (socket) => socket.resume());
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port] } },
      virtualHosts: [
        {
          name: 'v',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream', timeout: '0.05s' } }],
        },
      ],
    });
    const answer = await request(proxy.port);
    assert.deepEqual([answer.status, answer.body], [504, 'upstream request timeout']);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.upstreamRequestTimeout);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_timeout'), 1);
  });

  it('has a client that goes away: the upstream is told', async (t) => {
    let isAborted = false;
    const upstream = await httpServer(t, (incoming) => {
      incoming.on('close', () => {
        isAborted = true;
      });
    });
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [upstream] } } });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 1));
    socket.destroy();
    await eventuallyPasses(() => assert.ok(isAborted));
    const log = await lastLog(proxy);
    assert.deepEqual([log.code, log.flags], [0, ResponseFlag.downstreamConnectionTermination]);
  });

  it('is no valid request: 400, and the connection closes', async (t) => {
    const proxy = await startTestProxy(t, { clusters: {} });
    const socket = connect(proxy.port, '127.0.0.1');
    t.after(() => socket.destroy());
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    const closed = new Promise((resolve) => {
      socket.once('end', resolve);
    });
    socket.write('GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n');
    await closed;
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(text, /connection: close\r\n/);
    const log = await lastLog(proxy);
    assert.deepEqual([log.details, log.flags], ['http1.lengthAndTransferCoding', ResponseFlag.downstreamProtocolError]);
  });
});

describe('retries', () => {
  const withRetry = (retry: object) => [
    {
      name: 'v',
      domains: ['*'],
      routes: [
        {
          match: { prefix: '/' },
          route: { cluster: 'upstream', retry_policy: { retry_back_off: { base_interval: '0.001s' }, ...retry } },
        },
      ],
    },
  ];

  it('repeat what failed, with the body, until it works', async (t) => {
    let calls = 0;
    const upstream = await httpServer(t, (incoming, outgoing) => {
      calls++;
      if (calls < 3) reply(503)(incoming as never, outgoing as never);
      else echo(incoming, outgoing);
    });
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [upstream] } },
      virtualHosts: withRetry({ retry_on: '5xx', num_retries: 3 }) as never,
    });
    const answer = await request(proxy.port, { method: 'POST', body: 'again' });
    assert.equal(answer.status, 200);
    assert.equal((JSON.parse(answer.body) as { body: string }).body, 'again');
    assert.deepEqual([calls, (await lastLog(proxy)).attempts], [3, 3]);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry'), 2);
  });

  it('end with the last answer when no more are allowed', async (t) => {
    const upstream = await httpServer(t, reply(503, 'no'));
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [upstream] } },
      virtualHosts: withRetry({ retry_on: '5xx', num_retries: 2 }) as never,
    });
    const answer = await request(proxy.port);
    assert.deepEqual([answer.status, answer.body], [503, 'no']);
    const log = await lastLog(proxy);
    assert.deepEqual([log.attempts, log.flags], [3, ResponseFlag.upstreamRetryLimitExceeded]);
  });

  it('go to another host after a failed connection', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await closedPort(t), await httpServer(t, echo)] } },
      virtualHosts: withRetry({
        retry_on: 'connect-failure',
        retry_host_predicate: [],
        host_selection_retry_max_attempts: 5,
      }) as never,
    });
    for (let i = 0; i < 4; i++) assert.equal((await request(proxy.port)).status, 200);
  });
});

describe('HTTP/2', () => {
  async function http2Server(t: TestContext): Promise<number> {
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/json' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': 'yes' }));
        stream.end(JSON.stringify({ path: headers[':path'], body: Buffer.concat(pieces).toString() }));
      });
    });
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    t.after(() => {
      for (const session of sessions) session.destroy();
    });
    return listen(t, server);
  }

  function fetchHttp2(t: TestContext, port: number) {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => session.destroy());
    t.after(() => session.destroy());
    return (path: string, body?: string) =>
      new Promise<{ status: number; body: string; trailers: Record<string, unknown> }>((resolve, reject) => {
        const stream = session.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' });
        let status = 0;
        let text = '';
        let trailers = {};
        stream.on('response', (headers) => {
          status = Number(headers[':status']);
        });
        stream.on('trailers', (headers) => {
          trailers = { ...headers };
        });
        stream.on('data', (piece: Buffer) => {
          text += String(piece);
        });
        stream.on('end', () => resolve({ status, body: text, trailers }));
        stream.on('error', reject);
        stream.end(body);
      });
  }

  for (const protocol of ['http1', 'http2'] as const) {
    it(`from the client to ${protocol} upstream, many at a time`, async (t) => {
      const upstream = protocol === 'http1' ? await httpServer(t, echo) : await http2Server(t);
      const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [upstream], protocol } } });
      const fetch = fetchHttp2(t, proxy.port);
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => fetch(`/${i}`, `body ${i}`)));
      for (const [i, answer] of answers.entries()) {
        assert.equal(answer.status, 200);
        assert.equal((JSON.parse(answer.body) as { body: string }).body, `body ${i}`);
        if (protocol === 'http2') assert.equal(answer.trailers['x-end'], 'yes');
      }
      if (protocol === 'http2') assert.equal(proxy.clusterStat('upstream', 'upstream_cx_total'), 1);
    });
  }

  it('from an HTTP/1 client to an HTTP/2 upstream', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await http2Server(t)], protocol: 'http2' } },
    });
    const answer = await request(proxy.port, { method: 'POST', path: '/x', body: 'mixed' });
    assert.deepEqual(JSON.parse(answer.body), { path: '/x', body: 'mixed' });
    assert.equal(answer.trailers['x-end'], 'yes');
  });
});

/** A port on which nobody listens. */
