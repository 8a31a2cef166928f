/** Several processes that share the work of one proxy. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { served, startLoad } from '../support/load.ts';
import { type RunningProxy, startProxy } from '../support/proxy.ts';

const BOOTSTRAP = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
  - name: front
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - { match: { prefix: /self }, route: { cluster: self, prefix_rewrite: / } }
              - { match: { prefix: / }, direct_response: { status: 200, body: { inline_string: hello } } }
  clusters:
  - name: self
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: self
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
`;

const WITHIN = { withinMs: 20_000 };
const isLinux = process.platform === 'linux';

/** Processes that another one has started. */
function childrenOf(pid: number): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((each) => {
    try {
      return readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
    } catch {
      return false;
    }
  });
}

function endWorkers(t: TestContext, proxy: RunningProxy): void {
  t.after(() => {
    for (const pid of childrenOf(proxy.pid)) process.kill(pid, 'SIGKILL');
  });
}

async function stat(proxy: RunningProxy, name: string): Promise<number> {
  const text = await proxy.admin(`/stats?filter=^${name.replaceAll('.', '\\.')}$`);
  return Number(/: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

test('two workers share connections, and one admin interface shows the sum', { skip: !isLinux }, async (t) => {
  const proxy = await startProxy(t, BOOTSTRAP, ['--concurrency', '2']);
  endWorkers(t, proxy);
  assert.equal(childrenOf(proxy.pid).length, 2);
  assert.equal(await proxy.admin('/ready'), 'LIVE\n');
  assert.equal(await stat(proxy, 'server.concurrency'), 2);
  const port = proxy.port('front');
  const COUNT = 64;
  for (let i = 0; i < COUNT; i++) {
    await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
  }
  assert.equal(await stat(proxy, 'http.front.downstream_rq_total'), COUNT);
  for (let i = 0; i < COUNT; i++) {
    await (await fetch(`http://127.0.0.1:${port}/self`, { headers: { connection: 'close' } })).text();
  }
  assert.match(await proxy.admin('/clusters'), new RegExp(`^self::127\\.0\\.0\\.1:1::cx_connect_fail::${COUNT}$`, 'm'));
  await proxy.admin('/reset_counters', 'POST');
  assert.equal(await stat(proxy, 'http.front.downstream_rq_total'), 0);
  await proxy.admin('/quitquitquit', 'POST');
  await eventuallyPasses(() => assert.equal(existsSync(`/proc/${proxy.pid}`), false), WITHIN);
  assert.equal(await proxy.stop(), 0);
});

test('a worker that ends is started again, and nobody waits for it in vain', { skip: !isLinux }, async (t) => {
  const proxy = await startProxy(t, BOOTSTRAP, ['--concurrency', '2']);
  endWorkers(t, proxy);
  const [, second] = childrenOf(proxy.pid);
  process.kill(second!, 'SIGKILL');
  await eventuallyPasses(() => assert.match(proxy.output(), /a worker has ended.*restarts=1/), WITHIN);
  // Those whose connections are dealt to it wait until another one has its place.
  const port = proxy.port('front');
  const answers = Array.from({ length: 32 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(['hello']));
  await eventuallyPasses(async () => assert.equal(await proxy.admin('/ready'), 'LIVE\n'), WITHIN);
  assert.equal(await stat(proxy, 'server.worker_restarts'), 1);
});

test('new workers take over under load, and no request fails', { skip: !isLinux }, async (t) => {
  const leaving = ['--parent-shutdown-time-s', '20', '--drain-strategy', 'immediate'];
  const proxy = await startProxy(t, BOOTSTRAP, ['--concurrency', '2', ...leaving]);
  endWorkers(t, proxy);
  const before = childrenOf(proxy.pid);
  const { load, end } = startLoad(t, proxy.port('front'));
  await served(load, 200);
  process.kill(proxy.pid, 'SIGUSR2');
  await eventuallyPasses(() => assert.match(proxy.output(), /new workers have taken over/), WITHIN);
  await eventuallyPasses(
    () => assert.equal(childrenOf(proxy.pid).filter((pid) => before.includes(pid)).length, 0),
    WITHIN,
  );
  await served(load, 200);
  const { failures, answered } = await end();
  assert.deepEqual(failures, []);
  // Counters go on over all workers.
  assert.equal(await stat(proxy, 'http.front.downstream_rq_total'), answered);
  assert.equal(await stat(proxy, 'server.hot_restart_epoch'), 1);
  assert.equal(await proxy.stop('SIGTERM'), 0);
  assert.deepEqual(childrenOf(proxy.pid), []);
});

test('what no worker can do is told once, and nothing stays', { skip: !isLinux }, async (t) => {
  const first = await startProxy(t, BOOTSTRAP);
  const taken = BOOTSTRAP.replace(/port_value: 0 } }\n +filter_chains/, (text) =>
    text.replace('port_value: 0', `port_value: ${first.port('front')}`),
  );
  await assert.rejects(startProxy(t, taken, ['--concurrency', '2']), /no worker can serve: .*address already in use/);
});
