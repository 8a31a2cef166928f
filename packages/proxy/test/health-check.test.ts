/** Health checks that the proxy answers, and what it does to the others. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { httpFilter, httpListener, routeTo } from '../src/test-support/http-listener.ts';
import { httpServer, request } from '../src/test-support/http-peers.ts';
import { cluster, startProxy } from '../src/test-support/start-proxy.ts';

type Parts = Readonly<Record<string, unknown>>;

const HEADERS = [{ name: ':path', string_match: { exact: '/healthz' } }];
const check = (parts: Parts) => httpFilter('health', 'health_check.v3.HealthCheck', { headers: HEADERS, ...parts });

async function start(t: TestContext, filter: Parts, app: RequestListener, more: Parts = {}, clock?: FakeClock) {
  const port = await httpServer(t, app);
  const proxy = await startProxy(
    t,
    {
      node: { id: 'me', cluster: 'mine' },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      static_resources: {
        listeners: [httpListener('main', { filters: [filter], routes: [routeTo('app')], ...more })],
        clusters: [
          cluster('app', [port]),
          cluster('empty', []),
          {
            name: 'half',
            type: 'STATIC',
            load_assignment: {
              cluster_name: 'half',
              endpoints: [{ lb_endpoints: [endpoint(1, 'UNHEALTHY'), endpoint(2, 'HEALTHY')] }],
            },
          },
        ],
      },
    },
    clock === undefined ? {} : { clock },
  );
  const admin = Number(proxy.server.adminAddress?.split(':').at(-1));
  return {
    ...proxy,
    get: (path: string, body?: string) =>
      request(proxy.port('main'), { path, ...(body === undefined ? {} : { method: 'POST', body }) }),
    admin: (path: string) => request(admin, { method: 'POST', path }),
  };
}

function endpoint(port: number, health: string) {
  return {
    health_status: health,
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  };
}

const app: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.end('app'));
};

describe('health checks', () => {
  it('are answered here, when they are complete', async (t) => {
    const proxy = await start(t, check({ pass_through_mode: false }), app);
    const answer = await proxy.get('/healthz');
    assert.deepEqual([answer.status, answer.body], [200, '']);
    assert.equal(answer.headers['x-envoy-upstream-healthchecked-cluster'], 'mine');
    assert.equal((await proxy.get('/healthz', 'with a body')).status, 200);
    assert.equal((await proxy.get('/other')).body, 'app');
    const stat = (name: string) => proxy.stat(`http.main.health_check.${name}`);
    assert.deepEqual(['request_total', 'ok', 'failed'].map(stat), [2, 2, 0]);
  });

  it('fail while the administrator says so, and clients are told', async (t) => {
    const proxy = await start(t, check({ pass_through_mode: true }), app);
    await proxy.admin('/healthcheck/fail');
    const failed = await proxy.get('/healthz');
    assert.deepEqual([failed.status, failed.headers['x-envoy-immediate-health-check-fail']], [503, undefined]);
    assert.equal((await proxy.get('/other')).headers['x-envoy-immediate-health-check-fail'], 'true');
    await proxy.admin('/healthcheck/ok');
    assert.equal((await proxy.get('/healthz')).body, 'app');
    assert.equal((await proxy.get('/other')).headers['x-envoy-immediate-health-check-fail'], undefined);
  });

  it('tell whether clusters are healthy', async (t) => {
    const statusFor = async (percentages: Parts) => {
      const filter = check({ pass_through_mode: false, cluster_min_healthy_percentages: percentages });
      return (await (await start(t, filter, app)).get('/healthz')).status;
    };
    assert.equal(await statusFor({ app: { value: 100 }, half: { value: 50 } }), 200);
    assert.equal(await statusFor({ half: { value: 51 } }), 503);
    assert.equal(await statusFor({ empty: { value: 1 } }), 503);
    assert.equal(await statusFor({ empty: { value: 0 } }), 200);
    assert.equal(await statusFor({ nowhere: { value: 0 } }), 503);
  });

  it('are answered as the upstream last did, for a while', async (t) => {
    const clock = new FakeClock();
    let asked = 0;
    const sick: RequestListener = (_request, response) => {
      asked++;
      response.writeHead(500, { 'x-envoy-degraded': '' });
      response.end();
    };
    const proxy = await start(t, check({ pass_through_mode: true, cache_time: '10s' }), sick, {}, clock);
    assert.equal((await proxy.get('/healthz')).status, 500);
    const cached = await proxy.get('/healthz');
    assert.deepEqual([cached.status, cached.headers['x-envoy-degraded'], asked], [500, '', 1]);
    clock.advance(10_000);
    await proxy.get('/healthz');
    assert.equal(asked, 2);
    assert.equal(proxy.stat('http.main.health_check.cached_response'), 1);
  });

  it('need not be logged', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'access.log');
    const log = {
      name: 'log',
      filter: { not_health_check_filter: {} },
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
        path,
        log_format: { text_format_source: { inline_string: '%REQ(:PATH)% %RESPONSE_FLAGS%\n' } },
      },
    };
    const proxy = await start(t, check({ pass_through_mode: false }), app, { access_log: [log] });
    await proxy.get('/healthz');
    await proxy.get('/other');
    await proxy.server.close();
    assert.equal(readFileSync(path, 'utf8'), '/other -\n');
  });
});
