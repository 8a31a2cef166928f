import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '@weft/core';
import { trackLeaks } from '@weft/testkit';

test('the leak tracker names what is left open and is content once it is closed', async (t) => {
  const tracker = trackLeaks();
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => void server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  t.after(() => socket.destroy());
  const timer = systemClock.setTimer(60_000, () => undefined);
  t.after(() => timer.cancel());
  await once(socket, 'connect');
  await assert.rejects(tracker.check(5), (thrown: Error) => {
    assert.match(thrown.message, /^left open: /);
    assert.match(thrown.message, /1 TCPServerWrap/);
    assert.match(thrown.message, /TCPSocketWrap/);
    assert.match(thrown.message, /1 Timeout/);
    return true;
  });
  timer.cancel();
  socket.destroy();
  server.close();
  await tracker.check();
});

test('timers that do not keep the process alive are no leak', async (t) => {
  const tracker = trackLeaks();
  const timer = systemClock.setTimer(60_000, () => undefined);
  t.after(() => timer.cancel());
  timer.unref();
  await tracker.check(5);
});
