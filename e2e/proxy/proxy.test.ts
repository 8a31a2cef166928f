/** `weft proxy` as a user runs it: a static Envoy bootstrap, unchanged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '@weft/testkit';
import { startApp } from '../support/app.ts';
import { startProxy } from '../support/proxy.ts';

function bootstrap(upstreamPort: number, extra = ''): string {
  return `
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
            name: local
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: { path: /hello }
                direct_response: { status: 200, body: { inline_string: hello } }
              - match: { prefix: /api/ }
                route: { cluster: app, prefix_rewrite: / }
  clusters:
  - name: app
    type: STATIC
    connect_timeout: 1s${extra}
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstreamPort} } } }
`;
}

async function get(port: number, path: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, body: await answer.text() };
}

test('a static Envoy bootstrap is served, and ends in order on SIGTERM', async (t) => {
  const app = await startApp(t, (request, response) => response.end(`app saw ${request.url}`));
  const proxy = await startProxy(t, bootstrap(app), ['--drain-time-s', '1']);
  const port = proxy.port('front');
  assert.deepEqual(await get(port, '/hello'), { status: 200, body: 'hello' });
  assert.deepEqual(await get(port, '/api/users?id=1'), { status: 200, body: 'app saw /users?id=1' });
  assert.equal((await get(port, '/nowhere')).status, 404);
  assert.equal(await proxy.stop('SIGTERM'), 0);
});

test('what it cannot do is refused by name before it listens', (t) => {
  const file = join(tempDir(t), 'envoy.yaml');
  const main = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');
  const run = (text: string, ...args: string[]) => {
    writeFileSync(file, text);
    return spawnSync(process.execPath, [main, 'proxy', '-c', file, ...args], { encoding: 'utf8' });
  };
  const ring = run(bootstrap(1, '\n    lb_policy: RING_HASH'), '--mode', 'validate');
  assert.notEqual(ring.status, 0);
  assert.match(ring.stderr, /static_resources\.clusters\[0\]\.lb_policy/);
  const typo = run(bootstrap(1, '\n    conect_timeout: 1s'), '--mode', 'validate');
  assert.match(typo.stderr, /static_resources\.clusters\[0\].*conect_timeout/);
  const fine = run(bootstrap(1), '--mode', 'validate');
  assert.equal(fine.status, 0, fine.stderr);
  assert.match(fine.stdout, /is valid/);
});

test('what is logged is chosen on the command line, by the names of Envoy', async (t) => {
  const quiet = await startProxy(t, bootstrap(1), ['--log-level', 'off']);
  const talking = await startProxy(t, bootstrap(1), ['-l', 'critical', '--component-log-level', 'proxy:info']);
  assert.equal(await quiet.stop('SIGTERM'), 0);
  assert.equal(await talking.stop('SIGTERM'), 0);
  assert.doesNotMatch(quiet.output(), /listeners are open/);
  assert.match(talking.output(), /info +proxy: listeners are open/);
});
