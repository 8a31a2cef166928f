import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, unwrap } from '@weft/core';
import { CertificateAuthority } from '@weft/identity';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { nextRotationStep, type RotationFacts, type RotationPolicy } from './rotation-plan.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const policy: RotationPolicy = { renewAtLeft: 0.2, minAnnounceMs: 600_000, retainMs: 90 * DAY_MS };

const about = { commonName: 'root', validForMs: 1000 * DAY_MS };
const context = { clock: new FakeClock(START_MS), random: seededRandom('plan') };
const current = unwrap(await CertificateAuthority.createRoot(about, context)).root;

function step(changes: Partial<RotationFacts>) {
  const facts = {
    nowMs: START_MS,
    current,
    announcedAtMs: undefined,
    retiring: [],
    isAskedFor: false,
    isDistributed: false,
  };
  return nextRotationStep({ ...facts, ...changes }, policy);
}

test('a root is replaced when a fifth of its life is left, or when somebody asks', () => {
  const early = step({});
  assert.ok(early.kind === 'wait' && Math.abs(early.untilMs - (START_MS + 800 * DAY_MS)) < DAY_MS);
  assert.equal(step({ nowMs: START_MS + 799 * DAY_MS }).kind, 'wait');
  assert.equal(step({ nowMs: START_MS + 801 * DAY_MS }).kind, 'announce');
  assert.equal(step({ isAskedFor: true }).kind, 'announce');
});

test('a successor signs only when it is known for some time and everywhere, or when nothing is left to break', () => {
  const announcedAtMs = START_MS;
  assert.deepEqual(step({ announcedAtMs, nowMs: START_MS + 1, isDistributed: true }), {
    kind: 'wait',
    untilMs: START_MS + policy.minAnnounceMs,
  });
  const later = START_MS + policy.minAnnounceMs;
  assert.equal(step({ announcedAtMs, nowMs: later }).kind, 'distribute');
  assert.equal(step({ announcedAtMs, nowMs: later, isDistributed: true }).kind, 'switch');
  assert.equal(step({ announcedAtMs, nowMs: current.validToDate.getTime() }).kind, 'switch');
});

test('old roots go when their time has come, and not before', () => {
  const retiring = [
    { fingerprint: 'a', untilMs: START_MS + DAY_MS },
    { fingerprint: 'b', untilMs: START_MS + 2 * DAY_MS },
  ];
  assert.deepEqual(step({ retiring }), { kind: 'wait', untilMs: START_MS + DAY_MS });
  assert.deepEqual(step({ retiring, nowMs: START_MS + DAY_MS }), { kind: 'retire', fingerprints: ['a'] });
});

test('whatever the facts, a wait ends later and nothing switches unannounced', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1500 }),
      fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
      fc.boolean(),
      fc.boolean(),
      (day, announcedDay, isAskedFor, isDistributed) => {
        const nowMs = START_MS + day * DAY_MS;
        const announcedAtMs = announcedDay === undefined ? undefined : START_MS + announcedDay * DAY_MS;
        const taken = step({ nowMs, announcedAtMs, isAskedFor, isDistributed });
        if (taken.kind === 'wait') assert.ok(taken.untilMs > nowMs);
        if (taken.kind === 'switch') assert.ok(announcedAtMs !== undefined);
        if (taken.kind === 'announce') assert.ok(announcedAtMs === undefined);
      },
    ),
  );
});
