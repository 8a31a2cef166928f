import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshError, noopLogger, seededRandom } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { ApiStatusError, type StatusReason } from '../shared/status.ts';
import type { ApiRequest, ApiTransport } from './http/request.ts';
import { LeaderElection, type LeaderElectionOptions } from './leader-election.ts';
import { type LeaseObject, leases } from './lease.ts';
import { ResourceClient } from './resource-client.ts';

/** One lease with optimistic concurrency, shared by all candidates. */
class LeaseServer {
  lease: LeaseObject | undefined;
  #revision = 0;

  handle(method: string, body: unknown): LeaseObject {
    const refuse = (statusCode: number, reason: StatusReason) =>
      new ApiStatusError({ statusCode, reason, message: reason });
    if (method === 'POST') {
      if (this.lease !== undefined) throw refuse(409, 'AlreadyExists');
      return this.#store(body as LeaseObject);
    }
    if (this.lease === undefined) throw refuse(404, 'NotFound');
    if (method === 'GET') return this.lease;
    const next = body as LeaseObject;
    if (next.metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw refuse(409, 'Conflict');
    return this.#store(next);
  }

  #store(lease: LeaseObject): LeaseObject {
    this.#revision += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#revision) } };
    return this.lease;
  }
}

/** The way of one candidate to the server: it may be cut, or swallow answers. */
class Link implements ApiTransport {
  readonly origin = 'the test';
  readonly server = 'http://scripted';
  readonly namespace = 'default';
  state: 'up' | 'cut' | 'hangs' = 'up';
  readonly #server: LeaseServer;

  constructor(server: LeaseServer) {
    this.#server = server;
  }

  async request({ method, body, signal }: ApiRequest): Promise<unknown> {
    await Promise.resolve();
    if (this.state === 'cut') throw new MeshError('MESH_API_UNREACHABLE', 'cut');
    if (this.state === 'hangs') {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    return this.#server.handle(method, body);
  }

  requestText = () => Promise.reject(new Error('not used'));
  stream = () => Promise.reject(new Error('not used'));
  close = () => undefined;
}

interface Candidate {
  readonly election: LeaderElection;
  readonly link: Link;
  /** When it was told to lead and to stop, on the common time. */
  readonly log: string[];
  isWorking: boolean;
}

function candidate(
  server: LeaseServer,
  clock: FakeClock,
  identity: string,
  options: Partial<LeaderElectionOptions> = {},
) {
  const link = new Link(server);
  const client = new ResourceClient({ transport: link, clock, resource: leases, namespace: 'ns', fieldManager: 't' });
  const made: Candidate = { link, log: [], isWorking: false, election: undefined as unknown as LeaderElection };
  const election = new LeaderElection({
    client,
    name: 'lock',
    identity,
    clock,
    random: seededRandom(identity),
    log: noopLogger,
    onStartedLeading: (signal) => {
      made.log.push('start');
      made.isWorking = true;
      signal.addEventListener('abort', () => {
        made.isWorking = false;
      });
    },
    onStoppedLeading: (reason) => made.log.push(`stop: ${reason}`),
    ...options,
  });
  return Object.assign(made, { election });
}

test('one leads, renews for as long as it lives, and the next takes over when it gives up', async () => {
  const server = new LeaseServer();
  const clock = new FakeClock();
  const leaders: string[] = [];
  const a = candidate(server, clock, 'a');
  const b = candidate(server, clock, 'b', { onNewLeader: (identity) => leaders.push(identity) });
  a.election.start();
  await clock.advanceAsync(10);
  b.election.start();
  await clock.advanceAsync(60_000);
  assert.deepEqual([a.election.isLeader, b.election.isLeader, b.election.leader], [true, false, 'a']);
  assert.equal(server.lease?.spec?.leaseTransitions, 0);
  assert.match(server.lease?.spec?.renewTime ?? '', /^2026-01-01T00:0[01]:\d\d\.\d{6}Z$/);
  await a.election.stop();
  assert.deepEqual(a.log, ['start', 'stop: the election was stopped']);
  assert.equal(server.lease?.spec?.holderIdentity, '', 'released');
  await clock.advanceAsync(3000);
  assert.equal(b.election.isLeader, true, 'without waiting for the lease to end');
  assert.equal(server.lease?.spec?.leaseTransitions, 1);
  assert.deepEqual(leaders, ['a', 'b']);
  await b.election.stop();
  assert.equal(clock.pendingTimers, 0);
});

for (const state of ['cut', 'hangs'] as const) {
  test(`a leader whose connection ${state} stops before another one starts`, async () => {
    const server = new LeaseServer();
    const clock = new FakeClock();
    const a = candidate(server, clock, 'a');
    const b = candidate(server, clock, 'b');
    a.election.start();
    await clock.advanceAsync(10);
    b.election.start();
    await clock.advanceAsync(20_000);
    a.link.state = state;
    for (let passed = 0; !b.election.isLeader; passed += 100) {
      assert.ok(passed < 40_000, 'nobody took over');
      await clock.advanceAsync(100);
      assert.ok(!(a.isWorking && b.isWorking), 'two leaders');
    }
    assert.deepEqual(a.log, ['start', 'stop: the lease was not renewed within 10000 ms']);
    a.link.state = 'up';
    await clock.advanceAsync(10_000);
    assert.equal(a.election.leader, 'b');
    await Promise.all([a.election.stop(), b.election.stop()]);
  });
}

test('clocks that differ by hours change nothing', async () => {
  const server = new LeaseServer();
  const clock = new FakeClock();
  // The other machine's clock is a day ahead; both run at the same speed.
  const ahead = { ...clockParts(clock), now: () => clock.now() + 86_400_000 };
  const a = candidate(server, clock, 'a');
  const b = candidate(server, clock, 'b', { clock: ahead });
  a.election.start();
  await clock.advanceAsync(10);
  b.election.start();
  await clock.advanceAsync(120_000);
  assert.deepEqual([a.log, b.log], [['start'], []]);
  await a.election.stop();
  await clock.advanceAsync(3000);
  assert.equal(b.election.isLeader, true);
  await b.election.stop();
});

function clockParts(clock: FakeClock) {
  return { monotonic: () => clock.monotonic(), setTimer: (ms: number, fn: () => void) => clock.setTimer(ms, fn) };
}

test('a lease that somebody took by force is given up', async () => {
  const server = new LeaseServer();
  const clock = new FakeClock();
  const a = candidate(server, clock, 'a');
  a.election.start();
  await clock.advanceAsync(10);
  const { lease } = server;
  assert.ok(lease);
  server.handle('PUT', { ...lease, spec: { ...lease.spec, holderIdentity: 'thief' } });
  await clock.advanceAsync(2000);
  assert.deepEqual(a.log, ['start', 'stop: thief took the lease']);
  await a.election.stop();
  assert.equal(server.lease?.spec?.holderIdentity, 'thief', 'nothing to release');
});

test('times that cannot work are refused', () => {
  const server = new LeaseServer();
  assert.throws(
    () => candidate(server, new FakeClock(), 'a', { leaseMs: 1000 }),
    /leaseMs 1000 > renewDeadlineMs 10000/,
  );
});

test('whatever happens to the connections, there are never two leaders, and in the end there is one', async () => {
  const event = fc.record({
    who: fc.nat(2),
    state: fc.constantFrom('up', 'up', 'cut', 'hangs') as fc.Arbitrary<'up' | 'cut' | 'hangs'>,
    waitMs: fc.integer({ min: 0, max: 20_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (script) => {
      const server = new LeaseServer();
      const clock = new FakeClock();
      const all = ['a', 'b', 'c'].map((identity) => candidate(server, clock, identity));
      const check = () => assert.ok(all.filter((each) => each.isWorking).length <= 1, 'two leaders');
      for (const each of all) each.election.start();
      for (const { who, state, waitMs } of script) {
        const chosen = all[who];
        if (chosen !== undefined) chosen.link.state = state;
        for (let passed = 0; passed < waitMs; passed += 1000) {
          await clock.advanceAsync(1000);
          check();
        }
      }
      for (const each of all) each.link.state = 'up';
      await clock.advanceAsync(30_000);
      assert.equal(all.filter((each) => each.isWorking).length, 1);
      await Promise.all(all.map((each) => each.election.stop()));
    }),
    { numRuns: 15 },
  );
});
