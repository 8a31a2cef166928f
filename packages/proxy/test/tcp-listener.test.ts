/** How listeners take connections from the system. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SocketAddress } from '../src/transport/socket-address.ts';
import { type Accepted, TcpListener } from '../src/transport/tcp-listener.ts';

const HOST = '127.0.0.1';

async function startListener(t: TestContext, port: number, onAccept: (accepted: Accepted) => void = () => {}) {
  const listener = new TcpListener({ listen: { host: HOST, port }, sharesPort: true, onAccept });
  t.after(() => listener.close());
  await listener.start();
  assert.ok(listener.address instanceof SocketAddress);
  return listener.address.port;
}

describe('a listener that shares its port', () => {
  const isLinux = process.platform === 'linux';

  it('takes many connections each time round the loop', { skip: isLinux ? false : 'needs Linux' }, async (t) => {
    const count = 256;
    let accepted = 0;
    const port = await startListener(t, 0, ({ stream }) => {
      accepted += 1;
      stream.destroy();
    });
    const clients = Array.from({ length: count }, () =>
      connect({ host: HOST, port })
        .on('error', () => {})
        .resume(),
    );
    t.after(() => {
      for (const client of clients) client.destroy();
    });
    let turns = 0;
    for (; accepted < count; turns += 1) await nextTurn();
    assert.ok(turns < count / 2, `${count} connections took ${turns} turns`);
  });

  it('does not share it with another one', async (t) => {
    const port = await startListener(t, 0);
    await assert.rejects(startListener(t, port), { code: 'EADDRINUSE' });
  });

  it('can be started again on the port that it had', async (t) => {
    const first = new TcpListener({ listen: { host: HOST, port: 0 }, sharesPort: true, onAccept: () => {} });
    await first.start();
    assert.ok(first.address instanceof SocketAddress);
    const { port } = first.address;
    first.close();
    assert.equal(await startListener(t, port), port);
  });
});
