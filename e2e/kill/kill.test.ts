/**
 * Kills the server again and again while clients write, and holds what it says afterwards against what it had confirmed:
 * no confirmed write is lost, nothing that was deleted comes back, revisions never go back, and nothing that a watcher was
 * shown is taken back.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Random, sleep, systemClock } from '@weft/core';
import { eventually, seededRandom, within } from '@weft/testkit';
import { RawApi } from '../support/raw-api.ts';
import { RestartableServer } from '../support/restartable-server.ts';
import { Ledger, type Seen } from './ledger.ts';
import { bodyOf, listAll, putRequest, seenOf } from './objects.ts';
import { type Story, Watcher } from './watcher.ts';
import { COUNTER, type Counter, writeUntilCut } from './writer.ts';

const KILLS = 6;
const WRITERS = 8;

/** What the rounds share. */
interface Run {
  readonly server: RestartableServer;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly counter: Counter;
}

test('a killed server keeps every write that it confirmed', { timeout: 60_000 }, async (t) => {
  const seed = process.pid;
  t.diagnostic(`seed ${seed}`);
  const server = await RestartableServer.start(t);
  const counter = { confirmed: 0, unanswered: 0 };
  const run: Run = { server, ledger: new Ledger(), random: seededRandom(seed), counter };
  await withApi(server, async (api) => {
    const request = putRequest(COUNTER, '0', undefined);
    run.ledger.note(seenOf(bodyOf(await api.send(request), request)).revision);
  });
  let revisionsBefore: number[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    const watchers = await withApi(server, (api) => writeUntilKilled(run, api, revisionsBefore));
    const stories = await within('the watches to end', Promise.all(watchers.map((watcher) => watcher.finish())));
    await server.restart();
    const report = await withApi(server, (api) => check(run, api, stories));
    t.diagnostic(`kill ${kill}: ${report}`);
    revisionsBefore = [...new Set(stories.map(({ reached }) => reached))].slice(0, 2);
  }
  assert.ok(run.ledger.confirmedCount > KILLS * WRITERS, `only ${run.ledger.confirmedCount} writes were confirmed`);
});

/** A client for one life of the server: connections do not outlive it. */
async function withApi<T>(server: RestartableServer, work: (api: RawApi) => Promise<T>): Promise<T> {
  const api = new RawApi(readFileSync(server.kubeconfig, 'utf8'));
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

/** Lets everybody write, kills the server in the middle of it, and returns the watchers of this life. */
async function writeUntilKilled(
  run: Run,
  api: RawApi,
  revisionsBefore: readonly number[],
): Promise<readonly Watcher[]> {
  const { server, ledger, random, counter } = run;
  const { revision } = await listAll(api);
  const first = await Watcher.open(api, revision);
  const parts = { api, ledger, random, counter };
  const writers = Promise.all(Array.from({ length: WRITERS }, (_, index) => writeUntilCut(parts, index)));
  const enough = ledger.confirmedCount + 60 + random.int(300);
  const isBusy = eventually(() => ledger.confirmedCount >= enough, { withinMs: 20_000, what: 'enough writes' });
  // A writer that fails ends the test at once instead of leaving it to wait for writes.
  await Promise.race([isBusy, writers]);
  // One who has missed the first half of this life, and those who were here before the kill.
  const late = await Promise.all([revision, ...revisionsBefore].map((from) => Watcher.open(api, from)));
  await sleep(systemClock, random.int(40));
  await server.kill();
  await within('the writers to notice', writers);
  return [first, ...late];
}

/** Holds the restarted server against what the clients of the killed one know. */
async function check({ ledger, counter }: Run, api: RawApi, stories: readonly Story[]): Promise<string> {
  for (const { reached } of stories) ledger.note(reached);
  const { found, revision } = await listAll(api);
  checkShownIsKept(stories, found);
  for (const story of stories) checkComplete(story, [...ledger.history, ...stories.flatMap(({ changes }) => changes)]);
  assert.ok(
    stories.slice(0, 2).every(({ isExpired }) => !isExpired),
    'a revision of the same life expired',
  );
  const revisions = new Set(stories.flatMap(({ from, reached }) => [from, reached]));
  await Promise.all([...revisions].map((from) => checkResumable(api, from, found)));

  const count = Number(found.get(COUNTER)?.value);
  const most = counter.confirmed + counter.unanswered;
  assert.ok(count >= counter.confirmed, `the counter is ${count}, ${counter.confirmed} increments were confirmed`);
  assert.ok(count <= most, `the counter is ${count}, ${most} increments were sent`);
  Object.assign(counter, { confirmed: count, unanswered: 0 });
  found.delete(COUNTER);
  const { unanswered, happened } = ledger.settle(found, revision);
  const told = stories[0]!.changes.length;
  return `${ledger.confirmedCount} writes confirmed, ${told} shown, ${unanswered} unanswered (${happened} happened)`;
}

/** What a watcher was shown is durable: each object is in its last shown state or in a newer one. */
function checkShownIsKept(stories: readonly Story[], found: ReadonlyMap<string, Seen>): void {
  for (const { changes } of stories) {
    const last = new Map(changes.map((change) => [change.name, change]));
    for (const { isDeletion, ...shown } of last.values()) {
      const now = found.get(shown.name);
      if (now === undefined) continue;
      assert.ok(now.revision >= shown.revision, `${shown.name} was shown at ${shown.revision}, is at ${now.revision}`);
      assert.ok(!isDeletion || now.revision > shown.revision, `${shown.name} came back`);
      if (now.revision === shown.revision) assert.deepEqual(now, shown);
    }
  }
}

/** A watch leaves nothing out between where it began and where it was cut. */
function checkComplete({ from, reached, changes, isExpired }: Story, happened: readonly Seen[]): void {
  if (isExpired) {
    assert.equal(changes.length, 0, `the watch from ${from} expired in the middle`);
    return;
  }
  const told = new Set(changes.map(({ revision }) => revision));
  for (const { name, revision } of happened) {
    const isDue = revision > from && revision <= reached;
    assert.ok(!isDue || told.has(revision), `the watch from ${from} to ${reached} left out ${name} at ${revision}`);
  }
}

/** Whoever comes back with an old revision is told of everything since, or to list again. */
async function checkResumable(api: RawApi, from: number, found: ReadonlyMap<string, Seen>): Promise<void> {
  const watcher = await Watcher.open(api, from, 1);
  const story = await within('a watch with a limit to end', watcher.finish());
  if (story.isExpired) return;
  const told = new Set(story.changes.map(({ revision }) => revision));
  for (const { name, revision } of found.values()) {
    assert.ok(revision <= from || told.has(revision), `the resumed watch from ${from} left out ${name} at ${revision}`);
  }
}
