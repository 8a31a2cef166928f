import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { noopLogger, systemClock } from '@weft/core';
import { seededRandom, tempDir } from '@weft/testkit';
import { openStorage } from '../src/server/store/index.ts';

const ROUNDS = 8;
const seed = process.pid;

/** Runs the writer until it has acknowledged this many writes, kills it, and returns the newest revision of each object. */
async function writeAndKill(state: string, acknowledged: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-kill-child.ts'), state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  let lines = 0;
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk: string) => {
    output += chunk;
    lines += chunk.split('\n').length - 1;
    if (lines >= acknowledged) child.kill('SIGKILL');
  });
  await closed;
  assert.equal(child.signalCode, 'SIGKILL', 'the writer ended by itself');
  const newest = new Map<string, number>();
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [path = '', revision] = line.split(' ');
    newest.set(path, Number(revision));
  }
  return newest;
}

test('a kill at any moment loses no acknowledged write and splits no batch', async (t) => {
  const state = tempDir(t);
  const random = seededRandom(seed);
  t.diagnostic(`seed ${seed}`);
  let highest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const newest = await writeAndKill(state, 1 + random.int(2000));
    const store = await openStorage({ state, clock: systemClock, log: noopLogger });
    try {
      for (const [path, revision] of newest) {
        const [namespace = '', name = ''] = path.split('/');
        const kept = store.get('/pods', namespace, name)?.revision ?? 0;
        assert.ok(kept >= revision, `round ${round}: ${path} was acknowledged at ${revision} and is at ${kept}`);
        highest = Math.max(highest, revision);
      }
      assert.ok(store.revision >= highest);
      const listed = store.list({ resource: '/pods', namespace: 'left' });
      assert.ok(listed.kind === 'ok' && listed.entries.length > 0);
      for (const left of listed.entries) {
        assert.deepEqual(left.labels, store.get('/pods', 'right', left.name)?.labels, `round ${round}: half a batch`);
      }
    } finally {
      await store.close();
    }
  }
});
