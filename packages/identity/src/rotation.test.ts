import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { RotatingCertificate, renewAtMs, type Validity } from './rotation.ts';

const HOUR_MS = 3_600_000;

test('renewal falls around half of the lifetime and differs from machine to machine', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 1_000, max: 1e9 }), fc.integer(), (notBeforeMs, lifetimeMs, seed) => {
      const at = renewAtMs({ notBeforeMs, notAfterMs: notBeforeMs + lifetimeMs }, seededRandom(seed));
      const share = (at - notBeforeMs) / lifetimeMs;
      assert.ok(share >= 0.4 - 1e-3 && share <= 0.6 + 1e-3, String(share));
    }),
  );
  const times = Array.from({ length: 50 }, (_, seed) =>
    renewAtMs({ notBeforeMs: 0, notAfterMs: HOUR_MS }, seededRandom(seed)),
  );
  assert.ok(new Set(times).size > 45);
});

interface Fake extends Validity {
  readonly serial: number;
}

function setUp(behaviour: (serial: number) => 'ok' | 'fail' | 'over' = () => 'ok') {
  const clock = new FakeClock();
  const log = captureLogger({ clock });
  let asked = 0;
  const rotation = new RotatingCertificate<Fake>({
    clock,
    random: seededRandom(3),
    logger: log.logger,
    issue: (signal) => {
      signal.throwIfAborted();
      asked += 1;
      const now = clock.now();
      if (behaviour(asked) === 'fail') return Promise.reject(new Error('authority is away'));
      const lifetimeMs = behaviour(asked) === 'over' ? 0 : HOUR_MS;
      return Promise.resolve({ serial: asked, notBeforeMs: now, notAfterMs: now + lifetimeMs });
    },
  });
  return { clock, log, rotation, asked: () => asked };
}

test('each new certificate is published through the cell before the old one ends', async () => {
  const { clock, rotation } = setUp();
  assert.equal(rotation.current.get(), undefined);
  const seen: (number | undefined)[] = [];
  rotation.current.subscribe((next, previous) => {
    seen.push(next?.serial);
    if (previous !== undefined) assert.ok(clock.now() < previous.notAfterMs);
  });
  await rotation.start();
  await clock.advanceAsync(4 * HOUR_MS);
  assert.ok(seen.length >= 7 && seen.length <= 10, String(seen));
  rotation.close();
  assert.equal(clock.pendingTimers, 0);
});

test('a failed renewal keeps the certificate, tries again, and says when it has expired', async () => {
  const { clock, log, rotation } = setUp((asked) => (asked > 1 && asked < 200 ? 'fail' : 'ok'));
  await rotation.start();
  await clock.advanceAsync(HOUR_MS - 1_000);
  assert.equal(rotation.current.get()?.serial, 1);
  assert.ok(log.messages('warning').length > 3);
  assert.equal(log.messages('error').length, 0);
  await clock.advanceAsync(HOUR_MS);
  assert.match(log.messages('error')[0] ?? '', /has expired and could not be renewed/);
  assert.equal(log.records[0]?.fields['reason'], 'authority is away');
  await clock.advanceAsync(4 * HOUR_MS);
  assert.ok((rotation.current.get()?.serial ?? 0) >= 200);
  rotation.close();
});

test('an authority that issues certificates which are over already is not asked in a busy loop', async () => {
  const { clock, rotation, asked } = setUp(() => 'over');
  await rotation.start();
  await clock.advanceAsync(10_000);
  assert.ok(asked() <= 11, String(asked()));
  rotation.close();
});

test('a jump of the wall clock is noticed within the hour', async () => {
  const { clock, rotation, asked } = setUp();
  await rotation.start();
  clock.setWallClock(clock.now() + 10 * HOUR_MS);
  await clock.advanceAsync(HOUR_MS);
  assert.ok(asked() >= 2);
  rotation.close();
});

test('the first failure is the caller’s, and a closed rotation does nothing more', async () => {
  const failing = setUp(() => 'fail');
  await assert.rejects(failing.rotation.start(), /authority is away/);
  const { clock, rotation, asked } = setUp();
  await rotation.start();
  rotation.close();
  await clock.advanceAsync(5 * HOUR_MS);
  assert.equal(asked(), 1);
  assert.equal(rotation.current.get()?.serial, 1);
  await assert.rejects(rotation.start(), /the rotation is closed/);
});

test('a renewal that is asked for comes at once, and again when asked for during another', async () => {
  const { clock, rotation, asked } = setUp();
  rotation.renewNow();
  assert.equal(asked(), 0);
  await rotation.start();
  rotation.renewNow();
  rotation.renewNow();
  rotation.renewNow();
  await clock.advanceAsync(0);
  assert.equal(rotation.current.get()?.serial, 3);
  assert.equal(clock.pendingTimers, 1);
  rotation.close();
  rotation.renewNow();
  await clock.advanceAsync(HOUR_MS);
  assert.equal(asked(), 3);
  assert.equal(clock.pendingTimers, 0);
});
