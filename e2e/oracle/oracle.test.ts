/**
 * Our server is asked what a real kube-apiserver was asked, and must answer the same but for what `accepted.ts` lists. With a
 * kubeconfig in `CLUSTER_KUBECONFIG` that server is asked as well; it must be one that may be thrown away.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawApi } from '../support/raw-api.ts';
import { startServer } from '../support/server.ts';
import { allCases } from './cases/all.ts';
import { type Answers, judge } from './judge.ts';
import { defineMeshKinds } from './mesh-kinds.ts';
import { answersOf, parseRecording } from './recording.ts';
import { runAll } from './run-all.ts';

const FOLDER = join(import.meta.dirname, 'testdata');

test('our server answers as a real one', { timeout: 300_000 }, async (t) => {
  const { kubeconfig, output } = await startServer(t);
  const api = new RawApi(readFileSync(kubeconfig, 'utf8'));
  t.after(() => api.close());
  const ours = await runAll(api, allCases);
  assert.doesNotMatch(output(), /request failed/, 'the server reported an internal error');

  for (const file of readdirSync(FOLDER)) {
    const recording = parseRecording(readFileSync(join(FOLDER, file), 'utf8'));
    await t.test(`as ${recording.server} was recorded`, () => {
      const stale = allCases.filter((one) => answersOf(recording, one) === undefined).map(({ name }) => name);
      assert.deepEqual(stale, [], 'these cases have changed: record them again with e2e/oracle/record.ts');
      expectNothingNew(new Map(allCases.map((one) => [one.name, answersOf(recording, one)!])), ours);
    });
  }

  const cluster = process.env['CLUSTER_KUBECONFIG'];
  const skip = cluster === undefined ? 'name a cluster in CLUSTER_KUBECONFIG' : false;
  await t.test('as the cluster does', { skip }, async () => {
    const real = new RawApi(readFileSync(cluster ?? '', 'utf8'));
    t.after(() => real.close());
    await defineMeshKinds(real);
    expectNothingNew(await runAll(real, allCases), ours);
  });
});

function expectNothingNew(real: Answers, ours: Answers): void {
  const { unknown, uses } = judge(allCases, real, ours);
  assert.equal(unknown.length, 0, `${unknown.length} differences are not in accepted.ts:\n${unknown.join('\n')}`);
  const unused = [...uses].filter(([, count]) => count === 0).map(([{ reason }]) => reason);
  assert.deepEqual(unused, [], 'nothing differs in these ways any more');
}
