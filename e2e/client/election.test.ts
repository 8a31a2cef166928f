/** Leader election between processes: over a crash, a hand-over and a broken network; in `CLUSTER_KUBECONFIG` if it is set. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '@weft/core';
import { type KubeClient, leases } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import { eventually, within } from '@weft/testkit';
import { clusterKubeconfig, kubeconfigFor } from '../support/cluster.ts';
import { Gate } from '../support/gate.ts';
import { openClient } from '../support/own-client.ts';
import { ELECTION, LEASE } from './election.ts';

const TAKEN_OVER = { withinMs: 15_000 };

/** A candidate in a process of its own. */
class Candidate {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor(t: TestContext, kubeconfig: string, identity: string) {
    const args = [join(import.meta.dirname, 'candidate.ts'), kubeconfig, identity];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    this.exited = once(child, 'exit');
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.lines.push(...text.trim().split('\n')));
    t.after(() => this.end('SIGKILL'));
  }

  said(line: string): Promise<unknown> {
    return eventually(() => this.lines.includes(line), { ...TAKEN_OVER, what: `a candidate to say "${line}"` });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await within('the candidate to end', this.exited);
  }
}

/** Whoever has led in this cluster before is of no interest. */
async function forgetLease(client: KubeClient): Promise<void> {
  await client
    .collection(leases, 'kube-system')
    .delete(LEASE)
    .catch((error: unknown) => {
      if (!isApiStatusError(error, 'NotFound')) throw error;
    });
}

// Most of the time nothing is done but waiting for leases to end; in one cluster there is one of them.
describe('leader election', { concurrency: clusterKubeconfig === undefined }, () => {
  test('another candidate leads when the leader is killed, and at once when it hands over', {
    timeout: 60_000,
  }, async (t) => {
    const kubeconfig = await kubeconfigFor(t);
    const client = await openClient(t, { kubeconfig });
    await forgetLease(client);
    const lease = () => client.collection(leases, 'kube-system').get(LEASE);
    const a = new Candidate(t, kubeconfig, 'a');
    await a.said('leads');
    const b = new Candidate(t, kubeconfig, 'b');
    await b.said('sees a');
    assert.deepEqual(b.lines, ['sees a'], 'there is one leader');

    const renewed = (await lease()).spec?.renewTime;
    await a.end('SIGKILL');
    const killedMs = systemClock.monotonic();
    await b.said('leads');
    const tookMs = systemClock.monotonic() - killedMs;
    // The leader may have renewed one retry before it was killed, and no later.
    assert.ok(
      tookMs >= ELECTION.leaseMs - ELECTION.retryMs * 1.5 - 100,
      `taken over after ${tookMs} ms, before the lease ended`,
    );
    const taken = (await lease()).spec;
    assert.equal(taken?.holderIdentity, 'b');
    assert.equal(taken?.leaseTransitions, 1);
    assert.ok((taken?.acquireTime ?? '') > (renewed ?? ''));

    const c = new Candidate(t, kubeconfig, 'c');
    await c.said('sees b');
    await b.end('SIGTERM');
    const releasedMs = systemClock.monotonic();
    await c.said('leads');
    assert.ok(systemClock.monotonic() - releasedMs < ELECTION.leaseMs, 'a lease that was given up is not waited for');
    assert.equal((await lease()).spec?.leaseTransitions, 2);
  });

  test('a leader that cannot reach the server steps down before another one starts', { timeout: 60_000 }, async (t) => {
    const kubeconfig = await kubeconfigFor(t);
    await forgetLease(await openClient(t, { kubeconfig }));
    const gate = await Gate.open(t, kubeconfig);
    const story: string[] = [];
    const cut = new Candidate(t, gate.kubeconfig, 'cut');
    await cut.said('leads');
    const other = new Candidate(t, kubeconfig, 'other');
    await other.said('sees cut');
    gate.shut();
    await eventually(() => {
      for (const [name, { lines }] of [
        ['cut', cut],
        ['other', other],
      ] as const) {
        const line = lines.at(-1) ?? '';
        const what = line.startsWith('stopped') ? 'stopped' : line;
        if (['leads', 'stopped'].includes(what) && !story.includes(`${name} ${what}`)) story.push(`${name} ${what}`);
      }
      return story.includes('other leads');
    }, TAKEN_OVER);
    assert.deepEqual(story, ['cut leads', 'cut stopped', 'other leads']);
    gate.reopen();
    await cut.said('sees other');
  });
});
