/** Upgrades, tunnels, and what else goes beyond a request and its response. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect as connectHttp2, createServer } from 'node:http2';
import { describe, it, type TestContext } from 'node:test';
import type { LocalReplyRuntime } from '@weft/engine';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { echo, httpServer, lastLog, listen, rawClient, request } from '../src/test-support/http-peers.ts';
import { MANAGER_RUNTIME } from '../src/test-support/manager-runtime.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';
import { startTestProxy, type TestProxy, type TestProxyOptions } from '../src/test-support/test-proxy.ts';

leakCheck();

const WEBSOCKET = { upgrades: new Map([['websocket', { isEnabled: true, filters: undefined }]]) };
const EXTENDED = { ...WEBSOCKET, http2: { ...MANAGER_RUNTIME.http2, allowsConnect: true } };
const UPGRADE = 'GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
const CONNECT = 'CONNECT a.local:443 HTTP/1.1\r\nhost: a.local:443\r\n\r\n';

/** Agrees to upgrades, says hello and then everything back. */
async function upgrading(t: TestContext): Promise<number> {
  return tcpServer(t, (socket) => {
    socket.once('data', (head: Buffer) => {
      assert.match(String(head), /upgrade: websocket/i);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello ');
      socket.pipe(socket);
    });
  });
}

async function echoing(t: TestContext): Promise<number> {
  return tcpServer(t, (socket) => {
    socket.write('hello ');
    socket.pipe(socket);
  });
}

function routes(route: object, match: object = { prefix: '/' }): NonNullable<TestProxyOptions['virtualHosts']> {
  return [
    { name: 'v', domains: ['*'], routes: [{ match, route: { cluster: 'upstream', ...route } }] },
  ] as unknown as NonNullable<TestProxyOptions['virtualHosts']>;
}

const TERMINATED = routes(
  { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
  { connect_matcher: {} },
);

function upgradesOf(proxy: TestProxy) {
  return [proxy.stat('http.test.downstream_cx_upgrades_total'), proxy.stat('http.test.downstream_cx_upgrades_active')];
}

function http2(t: TestContext, port: number): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  return session;
}

describe('an upgrade', () => {
  it('becomes a tunnel that outlives the timeout of its route', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await upgrading(t)] } },
      virtualHosts: routes({ timeout: '0.02s' }),
      manager: WEBSOCKET,
    });
    const client = rawClient(t, proxy.port, UPGRADE);
    await client.saw(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nhello $/);
    assert.doesNotMatch(client.text(), /x-envoy-upstream-service-time/);
    assert.deepEqual(upgradesOf(proxy), [1, 1]);
    for (let i = 0; i < 5; i++) {
      client.socket.write(`${i}`);
      await client.saw(new RegExp(`${i}$`));
    }
    client.socket.end();
    await client.ended;
    const log = await lastLog(proxy);
    assert.deepEqual([log.code, log.bytesReceived, log.bytesSent], [101, 5, 11]);
    assert.deepEqual(upgradesOf(proxy), [1, 0]);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0);
  });

  it('ends when nothing moves in it', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await upgrading(t)] } },
      manager: { ...WEBSOCKET, streamIdleTimeoutMs: 30 },
    });
    const client = rawClient(t, proxy.port, UPGRADE);
    await client.saw(/hello $/);
    await client.ended;
    assert.equal((await lastLog(proxy)).details, 'stream_idle_timeout');
  });

  it('is refused where it is not allowed, and the connection closes behind the answer', async (t) => {
    const clusters = { upstream: { ports: [await upgrading(t)] } };
    const off = routes({ upgrade_configs: [{ upgrade_type: 'websocket', enabled: false }] });
    for (const options of [{ clusters }, { clusters, manager: WEBSOCKET, virtualHosts: off }]) {
      const proxy = await startTestProxy(t, options);
      const client = rawClient(t, proxy.port, `${UPGRADE}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n`);
      await client.ended;
      assert.match(client.text(), /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*connection: close\r\n/);
      assert.equal(client.text().match(/HTTP\/1\.1/g)?.length, 1);
      assert.deepEqual([(await lastLog(proxy)).details, proxy.log.length], ['upgrade_failed', 1]);
    }
  });

  it('that the upstream refuses closes the connection too', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await httpServer(t, echo)] } },
      manager: WEBSOCKET,
    });
    const client = rawClient(t, proxy.port, UPGRADE);
    await client.ended;
    assert.match(client.text(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/);
  });

  it('to h2c is an offer that nobody takes up', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [await httpServer(t, echo)] } } });
    const answer = await request(proxy.port, { headers: { connection: 'upgrade, http2-settings', upgrade: 'h2c' } });
    const seen = JSON.parse(answer.body) as { headers: Record<string, string> };
    assert.deepEqual([answer.status, seen.headers['upgrade']], [200, undefined]);
  });

  it('comes by HTTP/2 as an extended CONNECT and goes on by HTTP/1', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await upgrading(t)] } },
      virtualHosts: routes({}, { path: '/ws' }),
      manager: EXTENDED,
    });
    const session = http2(t, proxy.port);
    await new Promise((resolve) => {
      session.once('remoteSettings', resolve);
    });
    const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws' });
    let text = '';
    let code = 0;
    stream.on('response', (headers) => {
      code = Number(headers[':status']);
    });
    stream.on('data', (piece: Buffer) => {
      text += String(piece);
    });
    stream.write('ping');
    await eventuallyPasses(() => assert.deepEqual([code, text], [200, 'hello ping']));
    stream.end();
    await eventuallyPasses(() => assert.deepEqual(upgradesOf(proxy), [1, 0]));
    assert.equal((await lastLog(proxy)).code, 101);
  });

  it('goes on by HTTP/2 as an extended CONNECT, on a connection that is new too', async (t) => {
    const server = createServer({ settings: { enableConnectProtocol: true } });
    server.on('stream', (stream, headers) => {
      assert.deepEqual(
        [headers[':method'], headers[':protocol'], headers['upgrade']],
        ['CONNECT', 'websocket', undefined],
      );
      stream.respond({ ':status': 200 });
      stream.write('hello ');
      stream.pipe(stream);
    });
    const port = await listen(t, server);
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port], protocol: 'http2' } },
      manager: WEBSOCKET,
    });
    for (let i = 0; i < 2; i++) {
      const client = rawClient(t, proxy.port, `${UPGRADE}early `);
      await client.saw(/^HTTP\/1\.1 101 [\s\S]*upgrade: websocket\r\n\r\nhello early $/);
      client.socket.end('bye');
      await client.saw(/hello early bye$/);
      await client.ended;
    }
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0));
  });

  it('is not sent to a server that takes none', async (t) => {
    const server = createServer();
    const port = await listen(t, server);
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port], protocol: 'http2' } },
      manager: WEBSOCKET,
    });
    const client = rawClient(t, proxy.port, UPGRADE);
    await client.ended;
    assert.match(client.text(), /^HTTP\/1\.1 503 /);
  });
});

describe('CONNECT', () => {
  it('that ends here becomes a TCP connection of the cluster, half-closed in order', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await echoing(t)] } },
      virtualHosts: TERMINATED,
    });
    const client = rawClient(t, proxy.port, CONNECT);
    await client.saw(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhello $/);
    assert.doesNotMatch(client.text(), /content-length|transfer-encoding/);
    client.socket.end('bye');
    await client.ended;
    assert.match(client.text(), /hello bye$/);
    const log = await lastLog(proxy);
    assert.deepEqual([log.code, log.bytesReceived, log.bytesSent], [200, 3, 9]);
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_cx_active'), 0));
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0);
    assert.equal(proxy.cluster('upstream').resources('default').connections.used, 0);
  });

  it('introduces the client by the PROXY protocol where the route says so', async (t) => {
    const connect = { proxy_protocol_config: { version: 'V1' }, allow_post: true };
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await echoing(t)] } },
      virtualHosts: routes(
        { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: connect }] },
        { connect_matcher: {} },
      ),
    });
    const client = rawClient(t, proxy.port, CONNECT);
    await client.saw(/hello PROXY TCP4 /);
    const { localPort } = client.socket;
    client.socket.end('bye');
    await client.ended;
    const header = `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${proxy.port}`;
    assert.equal(client.text().split('\r\n\r\n')[1], `hello ${header}\r\nbye`);
  });

  it('takes the connection with it when the client goes away', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await echoing(t)] } },
      virtualHosts: TERMINATED,
    });
    const client = rawClient(t, proxy.port, CONNECT);
    await client.saw(/hello $/);
    client.socket.resetAndDestroy();
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_cx_active'), 0));
    assert.equal((await lastLog(proxy)).details, 'downstream_remote_disconnect');
  });

  it('carries much in both directions without keeping it', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await echoing(t)] } },
      virtualHosts: TERMINATED,
    });
    const session = http2(t, proxy.port);
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'a.local:443' });
    let received = 0;
    stream.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    const size = 3_000_000;
    stream.end(Buffer.alloc(size));
    await eventuallyPasses(() => assert.equal(received, size + 'hello '.length));
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_cx_active'), 0));
  });

  it('to nobody: 503', async (t) => {
    const proxy = await startTestProxy(t, { clusters: { upstream: { ports: [1] } }, virtualHosts: TERMINATED });
    const client = rawClient(t, proxy.port, CONNECT);
    await client.ended;
    assert.match(client.text(), /^HTTP\/1\.1 503 /);
    assert.equal(proxy.cluster('upstream').resources('default').connections.used, 0);
  });

  it('without a route for it: 404', async (t) => {
    const proxy = await startTestProxy(t, { clusters: {}, virtualHosts: routes({}, { prefix: '/' }) });
    const client = rawClient(t, proxy.port, CONNECT);
    await client.ended;
    assert.match(client.text(), /^HTTP\/1\.1 404 /);
  });
});

describe('news before a response', () => {
  const early = async (t: TestContext) =>
    tcpServer(t, (socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });

  it('are not passed on, but for 100 where that is left to the upstream', async (t) => {
    for (const proxies100Continue of [false, true]) {
      const proxy = await startTestProxy(t, {
        clusters: { upstream: { ports: [await early(t)] } },
        manager: { proxies100Continue },
      });
      const client = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      await client.saw(/\r\n\r\nok$/);
      assert.doesNotMatch(client.text(), /103/);
      assert.equal(client.text().includes('100 Continue'), proxies100Continue);
    }
  });
});

describe('answers of the proxy', () => {
  it('close the connection when the request was none, or is not complete', async (t) => {
    const proxy = await startTestProxy(t, { clusters: {}, manager: { escapedSlashes: 'reject' } });
    for (const sent of [
      'GET /a%2fb HTTP/1.1\r\nhost: a\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n',
    ]) {
      const client = rawClient(t, proxy.port, sent);
      await client.ended;
      assert.match(client.text(), /connection: close\r\n/);
    }
    const client = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.saw(/\r\n\r\n$/);
    assert.doesNotMatch(client.text(), /connection: close/);
  });

  it('have the headers of their route, which see no status yet', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [] } },
      virtualHosts: [
        {
          name: 'v',
          domains: ['*'],
          response_headers_to_add: [{ header: { key: 'x-host', value: 'v' } }],
          routes: [
            {
              match: { prefix: '/' },
              route: { cluster: 'upstream' },
              response_headers_to_add: [{ header: { key: 'content-type', value: 'text/mine' } }],
            },
          ],
        },
      ] as unknown as NonNullable<TestProxyOptions['virtualHosts']>,
    });
    const answer = await request(proxy.port);
    assert.deepEqual(
      [answer.status, answer.body, answer.headers['x-host'], answer.headers['content-type']],
      [503, 'no healthy upstream', 'v', 'text/mine'],
    );
  });

  const MAPPED: LocalReplyRuntime = {
    mappers: [
      {
        filter: { accepts: (view) => view.responseCode === 404 },
        status: 410,
        body: 'gone',
        format: undefined,
        headers: {
          removals: [],
          additions: [
            {
              name: 'x-was',
              action: 'overwriteOrAdd',
              keepsEmptyValue: false,
              text: undefined,
              formatter: { format: (view) => String(view.responseCode) },
            },
          ],
        },
      },
    ],
    format: {
      contentType: 'text/odd',
      formatter: { format: (view, moment) => `<${moment?.localReplyBody}> ${view.responseCode}\n` },
    },
  };

  it('go through the mappers, whoever gives them', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [] } },
      virtualHosts: routes({}, { path: '/none-healthy' }),
      manager: { localReply: MAPPED },
    });
    const mapped = await request(proxy.port);
    assert.deepEqual(
      [mapped.status, mapped.body, mapped.headers['x-was'], mapped.headers['content-type']],
      [410, '<gone> 410\n', '404', 'text/odd'],
    );
    assert.equal((await lastLog(proxy)).code, 410);
    const formatted = await request(proxy.port, { path: '/none-healthy' });
    assert.deepEqual([formatted.status, formatted.body], [503, '<no healthy upstream> 503\n']);
    const head = await request(proxy.port, { path: '/none-healthy', method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [503, '26', '']);
    const headers = { 'content-type': 'application/grpc+proto' };
    const grpc = await request(proxy.port, { path: '/none-healthy', method: 'POST', headers, body: '' });
    assert.deepEqual(
      [grpc.status, grpc.headers['grpc-status'], grpc.headers['grpc-message'], grpc.headers['content-type']],
      [200, '14', '<no healthy upstream> 503%0A', 'application/grpc'],
    );
    const client = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\nbad header: x\r\n\r\n');
    await client.ended;
    assert.match(client.text(), /^HTTP\/1\.1 400 [\s\S]*<Bad Request> 400\n$/);
  });

  it('tell server, via and request id as configured', async (t) => {
    const proxy = await startTestProxy(t, {
      clusters: {},
      manager: {
        via: 'mesh',
        serverHeader: 'passThrough',
        requestId: { ...MANAGER_RUNTIME.requestId, setsInResponse: true },
      },
    });
    const { headers } = await request(proxy.port);
    assert.deepEqual([headers['via'], headers['server']], ['mesh', undefined]);
    assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.match(String(headers['date']), /GMT$/);
  });
});
