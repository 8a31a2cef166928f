/** Ten thousand clients that connect and say nothing: the server serves everybody else, and lets the silent ones go. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { RawApi } from '../support/raw-api.ts';
import { readKubeconfig, startServer } from '../support/server.ts';

const CLIENTS = 10_000;
const AT_ONCE = 200;
const ASK_EVERY = 1000;
const REQUESTS = 20;
/** What one small request may take on a machine that is busy accepting. */
const PATIENCE_MS = 2000;

/** Open files that a process may have here; the server has the same bound. */
function openFilesAllowed(): number {
  const { stdout } = spawnSync('bash', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  return stdout.trim() === 'unlimited' ? Number.POSITIVE_INFINITY : Number(stdout);
}

const skip = openFilesAllowed() > CLIENTS + 500 ? false : `fewer than ${CLIENTS} open files are allowed here`;

test('ten thousand silent connections disturb nobody', { skip, timeout: 90_000 }, async (t) => {
  const server = await startServer(t);
  const api = new RawApi(readKubeconfig(server));
  t.after(() => api.close());
  const { hostname, port } = new URL(server.url);
  const silent: Socket[] = [];
  t.after(() => {
    for (const socket of silent) socket.destroy();
  });
  let open = 0;
  while (silent.length < CLIENTS) {
    const batch = Array.from({ length: AT_ONCE }, () => connectSilently(hostname, Number(port)));
    for (const socket of await Promise.all(batch)) {
      silent.push(socket);
      open++;
      socket.once('close', () => {
        open--;
      });
    }
    if (silent.length % ASK_EVERY === 0) await isServedAtOnce(api);
  }
  // On a slow machine the first ones have been let go by now.
  t.diagnostic(`${open} of ${CLIENTS} silent connections are open`);
  assert.ok(open > 0, 'no silent connection is open');
  for (let i = 0; i < REQUESTS; i++) await isServedAtOnce(api);
  // Who does not begin a handshake is not waited for.
  await eventuallyPasses(() => assert.equal(open, 0), { withinMs: 40_000 });
  assert.equal((await api.send({ method: 'GET', path: '/readyz' })).status, 200);
});

async function isServedAtOnce(api: RawApi): Promise<void> {
  const startedAt = performance.now();
  const answer = await api.send({ method: 'GET', path: '/api/v1/namespaces' });
  assert.equal(answer.status, 200);
  assert.ok(performance.now() - startedAt < PATIENCE_MS, 'another client is served at once');
}

function connectSilently(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.on('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}
