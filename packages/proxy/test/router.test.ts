/** What the router does beyond sending a request: trying again, hedging, ending it in time, counting. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { compileCidrSet, parseCidr, ResponseFlag } from '@weft/engine';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { echo, httpServer, lastLog, request } from '../src/test-support/http-peers.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';
import { startTestProxy, type TestProxyOptions } from '../src/test-support/test-proxy.ts';

leakCheck();

const EVERYBODY = parseCidr('0.0.0.0/0', '');
const INTERNAL = {
  useRemoteAddress: true,
  internalAddresses: { ranges: compileCidrSet(EVERYBODY.kind === 'ok' ? [EVERYBODY.value] : []), unixSockets: false },
};
const BACK_OFF = { retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } };

function host(routes: readonly object[], more: object = {}) {
  return [{ name: 'v', domains: ['*'], routes, ...more }] as unknown as NonNullable<TestProxyOptions['virtualHosts']>;
}

function routeTo(route: object, more: object = {}) {
  return host([{ match: { prefix: '/' }, route: { cluster: 'upstream', ...route } }], more);
}

/** Answers its requests one after the other as listed, the last way for ever. */
function inTurn(...answers: readonly RequestListener[]): RequestListener {
  let calls = 0;
  return (incoming, outgoing) => answers[Math.min(calls++, answers.length - 1)]!(incoming, outgoing);
}

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(code, headers);
    outgoing.end(`status ${code}`);
  };
const never: RequestListener = (incoming) => void incoming.resume();

async function start(
  t: TestContext,
  upstream: RequestListener,
  virtualHosts: TestProxyOptions['virtualHosts'],
  more: Partial<TestProxyOptions> = {},
) {
  return startTestProxy(t, {
    clusters: { upstream: { ports: [await httpServer(t, upstream)] } },
    ...(virtualHosts === undefined ? {} : { virtualHosts }),
    ...more,
  });
}

describe('retries', () => {
  it('are counted, told upstream and downstream, and leave no trace in the flags when they help', async (t) => {
    const virtualHosts = routeTo(
      { retry_policy: { retry_on: '5xx', num_retries: 3, ...BACK_OFF } },
      { include_request_attempt_count: true, include_attempt_count_in_response: true },
    );
    const proxy = await start(t, inTurn(status(500), status(503), echo), virtualHosts);
    const answer = await request(proxy.port, { method: 'POST', body: 'hello' });
    assert.equal(answer.headers['x-envoy-attempt-count'], '3');
    const seen = JSON.parse(answer.body) as { headers: Record<string, string>; body: string };
    assert.deepEqual([seen.headers['x-envoy-attempt-count'], seen.body], ['3', 'hello']);
    const log = await lastLog(proxy);
    assert.deepEqual([log.flags, log.attempts, log.details], [0, 3, 'via_upstream']);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry'), 2);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry_success'), 1);
  });

  it('are flagged when there are no more, and the answer says so', async (t) => {
    const port = await tcpServer(t, (socket) => socket.once('data', () => socket.destroy()));
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port] } },
      virtualHosts: routeTo({ retry_policy: { retry_on: 'reset', ...BACK_OFF } }),
    });
    const answer = await request(proxy.port);
    assert.match(answer.body, /before headers\. retried and the latest reset reason: connection termination$/);
    const log = await lastLog(proxy);
    assert.equal(log.flags, ResponseFlag.upstreamRetryLimitExceeded | ResponseFlag.upstreamConnectionTermination);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry_limit_exceeded'), 1);
  });

  it('wait as long as a rate limit asks, within bounds', async (t) => {
    const limited = { reset_headers: [{ name: 'retry-after', format: 'SECONDS' }], max_interval: '5s' };
    const policy = { retry_on: '5xx', ...BACK_OFF, rate_limited_retry_back_off: limited };
    const proxy = await start(
      t,
      inTurn(status(503, { 'retry-after': '100' }), echo),
      routeTo({ retry_policy: policy }),
    );
    // Longer than the policy lets a server ask: the usual wait.
    assert.equal((await request(proxy.port)).status, 200);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry_backoff_exponential'), 1);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_retry_backoff_ratelimited'), 0);
  });

  it('may be asked for by requests from inside only', async (t) => {
    const headers = { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '2' };
    const answers = () => inTurn(status(500), status(500), echo);
    const inside = await start(t, answers(), routeTo({}), { manager: INTERNAL });
    const answer = await request(inside.port, { headers });
    assert.equal(answer.status, 200);
    const seen = JSON.parse(answer.body) as { headers: Record<string, string> };
    assert.equal(seen.headers['x-envoy-internal'], 'true');
    assert.equal(seen.headers['x-envoy-retry-on'], undefined);
    const outside = await start(t, answers(), routeTo({}));
    assert.equal((await request(outside.port, { headers })).status, 500);
  });

  it('after a timeout of one attempt say that they are', async (t) => {
    const policy = { retry_on: '5xx', per_try_timeout: '0.03s', ...BACK_OFF };
    const proxy = await start(
      t,
      inTurn(never, echo),
      routeTo({ retry_policy: policy }, { include_is_timeout_retry_header: true }),
    );
    const seen = JSON.parse((await request(proxy.port)).body) as { headers: Record<string, string> };
    assert.equal(seen.headers['x-envoy-is-timeout-retry'], 'true');
    assert.equal(seen.headers['x-envoy-expected-rq-timeout-ms'], '30');
    assert.equal((await lastLog(proxy)).flags, 0);
  });

  it('all too late: 504 with the flags of both', async (t) => {
    const policy = { retry_on: '5xx', per_try_timeout: '0.02s', ...BACK_OFF };
    const proxy = await start(t, never, routeTo({ retry_policy: policy }));
    assert.equal((await request(proxy.port)).status, 504);
    const log = await lastLog(proxy);
    assert.equal(log.details, 'upstream_per_try_timeout');
    assert.equal(log.flags, ResponseFlag.upstreamRetryLimitExceeded | ResponseFlag.upstreamRequestTimeout);
    assert.equal(proxy.cluster('upstream').resources('default').requests.used, 0);
    assert.equal(proxy.cluster('upstream').resources('default').retries.used, 0);
  });
});

describe('hedging', () => {
  const hedged = (retries: number) =>
    routeTo({
      hedge_policy: { hedge_on_per_try_timeout: true },
      retry_policy: { retry_on: '5xx', num_retries: retries, per_try_timeout: '0.03s', ...BACK_OFF },
    });

  it('takes the answer of the slow attempt if it comes first', async (t) => {
    let answerFirst: (() => void) | undefined;
    const first: RequestListener = (_incoming, outgoing) => {
      answerFirst = () => outgoing.end('first');
    };
    const second: RequestListener = () => answerFirst?.();
    const proxy = await start(t, inTurn(first, second), hedged(1));
    const answer = await request(proxy.port);
    assert.deepEqual([answer.status, answer.body], [200, 'first']);
    const log = await lastLog(proxy);
    assert.deepEqual([log.flags, log.attempts], [0, 2]);
    await eventuallyPasses(() => assert.equal(proxy.clusterStat('upstream', 'upstream_rq_active'), 0));
  });

  it('takes the answer of the second, and gives the first up', async (t) => {
    let isGivenUp = false;
    const first: RequestListener = (incoming) => {
      incoming.resume();
      incoming.on('close', () => {
        isGivenUp = true;
      });
    };
    const proxy = await start(t, inTurn(first, echo), hedged(1));
    const answer = await request(proxy.port, { method: 'POST', body: 'both get this' });
    assert.equal((JSON.parse(answer.body) as { body: string }).body, 'both get this');
    await eventuallyPasses(() => assert.ok(isGivenUp));
    assert.equal(proxy.cluster('upstream').resources('default').requests.used, 0);
  });

  it('waits for the slow one when the second fails', async (t) => {
    let answerFirst: (() => void) | undefined;
    const first: RequestListener = (_incoming, outgoing) => {
      answerFirst = () => outgoing.end('first');
    };
    const second: RequestListener = (_incoming, outgoing) => {
      outgoing.writeHead(503);
      outgoing.end(() => answerFirst?.());
    };
    const proxy = await start(t, inTurn(first, second), hedged(1));
    assert.equal((await request(proxy.port)).body, 'first');
  });
});

describe('time limits', () => {
  it('may be answered with 204 if the client asks so', async (t) => {
    const proxy = await start(t, never, routeTo({ timeout: '0.02s' }), { manager: INTERNAL });
    const answer = await request(proxy.port, { headers: { 'x-envoy-upstream-rq-timeout-alt-response': '1' } });
    assert.deepEqual([answer.status, answer.body], [204, '']);
  });

  it('of a whole stream: 504, and gRPC is told in its own words', async (t) => {
    const limit = routeTo({ max_stream_duration: { max_stream_duration: '0.02s' } });
    const proxy = await start(t, never, limit);
    const plain = await request(proxy.port);
    assert.deepEqual([plain.status, plain.body], [504, 'downstream duration timeout']);
    const grpc = await request(proxy.port, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
      body: '',
    });
    assert.deepEqual([grpc.status, grpc.headers['grpc-status']], [200, '4']);
    const log = await lastLog(proxy);
    assert.deepEqual([log.flags, log.details], [0, 'max_duration_timeout']);
  });

  it('without traffic: 504 when the request is complete, 408 and the end when it is not', async (t) => {
    const proxy = await start(t, never, undefined, { manager: { streamIdleTimeoutMs: 30 } });
    assert.equal((await request(proxy.port)).status, 504);
    const late = await request(proxy.port, { method: 'POST', headers: { 'content-length': '5' } }).catch(
      () => undefined,
    );
    assert.ok(late === undefined || late.status === 408);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.streamIdleTimeout);
  });
});

describe('what the router counts', () => {
  it('is told apart by origin, virtual cluster and route', async (t) => {
    const virtualHosts = host([{ match: { prefix: '/' }, stat_prefix: 'r', route: { cluster: 'upstream' } }], {
      virtual_clusters: [{ name: 'posts', headers: [{ name: ':method', string_match: { exact: 'POST' } }] }],
    });
    const canary = status(200, { 'x-envoy-upstream-canary': 'true' });
    const proxy = await start(t, inTurn(canary, status(404)), virtualHosts);
    await request(proxy.port, { method: 'POST' });
    await request(proxy.port);
    const counted = [
      'cluster.upstream.external.upstream_rq_200',
      'cluster.upstream.external.upstream_rq_4xx',
      'cluster.upstream.canary.upstream_rq_2xx',
      'vhost.v.vcluster.posts.upstream_rq_200',
      'vhost.v.vcluster.posts.upstream_rq_total',
      'vhost.v.vcluster.other.upstream_rq_404',
      'vhost.v.route.r.upstream_rq_completed',
    ];
    assert.deepEqual(
      counted.map((name) => proxy.stat(name)),
      [1, 1, 1, 1, 1, 1, 2],
    );
  });

  it('is nothing with dynamic_stats off', async (t) => {
    const proxy = await start(t, echo, undefined, { router: { hasDynamicStats: false } });
    await request(proxy.port);
    assert.equal(proxy.stat('cluster.upstream.upstream_rq_completed'), undefined);
    assert.equal(proxy.clusterStat('upstream', 'upstream_rq_total'), 1);
  });
});

describe('hosts', () => {
  it('are graded by the status of a call where it is gRPC', async (t) => {
    const inTrailers =
      (code: string): RequestListener =>
      (incoming, outgoing) => {
        incoming.resume();
        outgoing.writeHead(200, { 'content-type': 'application/grpc', trailer: 'grpc-status' });
        outgoing.write('frame');
        outgoing.addTrailers({ 'grpc-status': code });
        outgoing.end();
      };
    const inHead = status(200, { 'content-type': 'application/grpc', 'grpc-status': '14' });
    const proxy = await start(t, inTurn(inTrailers('0'), inTrailers('14'), inHead, inTrailers('14')), undefined);
    const call = { method: 'POST', headers: { 'content-type': 'application/grpc' }, body: 'call' };
    for (let i = 0; i < 3; i++) assert.equal((await request(proxy.port, call)).status, 200);
    // To a client that speaks no gRPC it is a response like any other.
    await request(proxy.port);
    const [graded] = proxy.cluster('upstream').hosts;
    assert.deepEqual([graded?.successes, graded?.errors], [2, 2]);
  });
});

describe('headers that steer the router', () => {
  it('are checked strictly where that is asked for', async (t) => {
    const router = { strictlyCheckedHeaders: ['x-envoy-max-retries', 'x-envoy-retry-on'] };
    const proxy = await start(t, echo, undefined, { router, manager: INTERNAL });
    const answer = await request(proxy.port, { headers: { 'x-envoy-max-retries': 'many' } });
    assert.deepEqual([answer.status, answer.body], [400, "invalid header 'x-envoy-max-retries' with value 'many'"]);
    assert.equal((await lastLog(proxy)).flags, ResponseFlag.invalidEnvoyRequestHeaders);
    assert.equal((await request(proxy.port, { headers: { 'x-envoy-retry-on': '5xx' } })).status, 200);
  });

  it('name the upstream host where the route wants its name', async (t) => {
    const port = await httpServer(t, echo);
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port], hostName: 'inner.local' } },
      virtualHosts: routeTo({ auto_host_rewrite: true, append_x_forwarded_host: true }),
    });
    const seen = JSON.parse((await request(proxy.port)).body) as { headers: Record<string, string> };
    assert.equal(seen.headers['host'], 'inner.local');
    assert.equal(seen.headers['x-envoy-original-host'], `127.0.0.1:${proxy.port}`);
    assert.equal(seen.headers['x-forwarded-host'], `127.0.0.1:${proxy.port}`);
  });
});
