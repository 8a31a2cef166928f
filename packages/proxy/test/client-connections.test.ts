/** When connections of clients end. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { echo, httpServer, rawClient } from '../src/test-support/http-peers.ts';
import { MANAGER_RUNTIME } from '../src/test-support/manager-runtime.ts';
import { startTestProxy } from '../src/test-support/test-proxy.ts';

leakCheck();

describe('a client connection', () => {
  it('that has lasted long enough is closed between requests', async (t) => {
    const http = { ...MANAGER_RUNTIME.http, maxConnectionDurationMs: 30 };
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [await httpServer(t, echo)] } },
      manager: { http, drainTimeoutMs: 20 },
    });
    const client = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.saw(/HTTP\/1\.1 200/);
    await client.ended;
    client.socket.destroy();
    const silent = rawClient(t, proxy.port, '');
    await silent.ended;
    silent.socket.destroy();
    await eventuallyPasses(() => assert.equal(proxy.manager.connectionCount, 0));
  });

  it('that is idle when the proxy drains is closed after a while, and one that is not behind its answer', async (t) => {
    const held: ServerResponse[] = [];
    const port = await httpServer(t, (_incoming, outgoing) => {
      held.push(outgoing);
      if (held.length === 1) outgoing.end('first');
    });
    const proxy = await startTestProxy(t, {
      clusters: { upstream: { ports: [port] } },
      manager: { drainTimeoutMs: 20 },
    });
    const idle = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await idle.saw(/first$/);
    const busy = rawClient(t, proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const silent = rawClient(t, proxy.port, '');
    await eventuallyPasses(() => assert.deepEqual([held.length, proxy.manager.connectionCount], [2, 3]));
    proxy.manager.drain();
    await idle.ended;
    await silent.ended;
    assert.equal(busy.text(), '');
    held[1]!.end('second');
    await busy.saw(/connection: close\r\n\r\nsecond$/);
    await busy.ended;
    for (const { socket } of [idle, busy, silent]) socket.destroy();
    await eventuallyPasses(() => assert.equal(proxy.manager.connectionCount, 0));
  });
});
