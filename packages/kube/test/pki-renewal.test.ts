/** A server that goes on for longer than its certificate is good. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { eventuallyPasses, FakeClock, tempDir } from '@weft/testkit';
import { startTestServer } from './support/server.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The calendar jumps; then half a day passes, in which the server looks at its certificates. */
function passDays(clock: FakeClock, days: number): void {
  clock.setWallClock(clock.now() + days * DAY_MS);
  clock.advance(DAY_MS / 2);
}

/** When the certificate ends that the server shows. */
async function shownUntil(port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { valid_to } = socket.getPeerCertificate();
  socket.destroy();
  return Date.parse(valid_to);
}

test('new connections see a new certificate before the old one ends, and open ones go on', async (t) => {
  const clock = new FakeClock();
  const server = await startTestServer(t, { clock, state: tempDir(t) });
  const first = await shownUntil(server.port);
  const open = await server.connect();
  passDays(clock, 200);
  assert.equal(await shownUntil(server.port), first, 'nothing changes while there is time');
  passDays(clock, 150);
  await eventuallyPasses(async () => assert.ok((await shownUntil(server.port)) > first + 200 * DAY_MS));
  assert.equal((await server.ask('GET', '/livez', { on: open })).status, 200);
});
