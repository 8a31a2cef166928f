/** How a proxy goes, and another one comes, while clients are at work. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventuallyPasses, tempDir } from '@weft/testkit';
import { startApp } from '../support/app.ts';
import { served, startLoad } from '../support/load.ts';
import { type RunningProxy, startProxy } from '../support/proxy.ts';

const answer: RequestListener = (_, response) => response.end('answer');

function bootstrap(upstreamPort: number, pipe = ''): string {
  return `
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
          drain_timeout: 1s
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - { name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: app } }] }
${pipe === '' ? '' : pipeListener(pipe)}  clusters:
  - name: app
    type: STATIC
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstreamPort} } } } }]
`;
}

/** A listener of its own at a path. */
function pipeListener(path: string): string {
  return `
  - name: pipe
    address: { pipe: { path: ${path} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.direct_response
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
          response: { inline_string: by pipe }
`;
}

async function readPipe(path: string): Promise<string> {
  const socket = connectSocket(path);
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

async function serverInfo(proxy: RunningProxy): Promise<{ epoch: number; state: string; version: string }> {
  const info = JSON.parse(await proxy.admin('/server_info')) as {
    state: string;
    hot_restart_version: string;
    command_line_options: { restart_epoch: number };
  };
  return { epoch: info.command_line_options.restart_epoch, state: info.state, version: info.hot_restart_version };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes that have taken over end with the test. */
function endSuccessors(t: TestContext, proxy: RunningProxy): void {
  t.after(() => {
    for (const pid of successors(proxy)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
}

function successors(proxy: RunningProxy): readonly number[] {
  return [...proxy.output().matchAll(/newProcess=(\d+)/g)].map(([, pid]) => Number(pid));
}

test('a new process takes over twice under load, and no request fails', async (t) => {
  const pipe = join(tempDir(t), 'pipe');
  const flags = ['--parent-shutdown-time-s', '20', '--drain-strategy', 'immediate'];
  const proxy = await startProxy(t, bootstrap(await startApp(t, answer), pipe), flags);
  endSuccessors(t, proxy);
  const { load, end } = startLoad(t, proxy.port('front'));
  await served(load, 200);
  let pid = proxy.pid;
  for (const epoch of [1, 2]) {
    process.kill(pid, 'SIGUSR2');
    await eventuallyPasses(() => assert.equal(successors(proxy).length, epoch), { withinMs: 20_000 });
    await served(load, 200);
    const before = pid;
    // The process before ends when its clients have left, which they do with their next requests.
    await eventuallyPasses(() => assert.equal(isAlive(before), false), { withinMs: 20_000 });
    pid = successors(proxy).at(-1)!;
    assert.deepEqual(await serverInfo(proxy), { epoch, state: 'LIVE', version: 'weft.1' });
    assert.equal(await readPipe(pipe), 'by pipe');
  }
  await served(load, 200);
  const { failures, answered } = await end();
  assert.deepEqual(failures, []);
  // Counters go on over all processes.
  const counted = await proxy.admin('/stats?filter=^http.front.downstream_rq_total$');
  assert.equal(counted, `http.front.downstream_rq_total: ${answered}\n`);
  process.kill(pid, 'SIGTERM');
  await eventuallyPasses(() => assert.equal(isAlive(pid), false), { withinMs: 20_000 });
  assert.equal(existsSync(pipe), false);
  t.diagnostic(`${answered} requests`);
});

test('a process that cannot take over leaves everything as it was', async (t) => {
  const proxy = await startProxy(t, bootstrap(await startApp(t, answer)));
  endSuccessors(t, proxy);
  const { load, end } = startLoad(t, proxy.port('front'));
  writeFileSync(proxy.file, 'static_resources: { listeners: nonsense }');
  process.kill(proxy.pid, 'SIGUSR2');
  await eventuallyPasses(() => assert.match(proxy.output(), /no restart: this process goes on .*static_resources/), {
    withinMs: 20_000,
  });
  await served(load, 200);
  assert.deepEqual((await end()).failures, []);
  assert.deepEqual(await serverInfo(proxy), { epoch: 0, state: 'LIVE', version: 'weft.1' });
});

test('SIGTERM lets clients finish what they have begun', async (t) => {
  const proxy = await startProxy(t, bootstrap(await startApp(t, answer)), ['--drain-time-s', '20']);
  const { load, end } = startLoad(t, proxy.port('front'));
  await served(load, 200);
  const stopped = proxy.stop('SIGTERM');
  assert.equal(await stopped, 0);
  const { failures } = await end();
  // Whoever comes when nobody listens any more is refused, or reset in the moment in which the socket closes.
  assert.deepEqual(
    failures.filter((each) => !/on a fresh connection: .*(?:ECONNREFUSED|ECONNRESET)/.test(each)),
    [],
  );
});
