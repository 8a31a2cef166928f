/** What real clients sent is sent again, and the server must answer as it did; it needs none of the clients. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawApi } from '../support/raw-api.ts';
import { startServer } from '../support/server.ts';
import { parseCorpus } from './format.ts';
import { Replay } from './replay.ts';

const FOLDER = join(import.meta.dirname, 'testdata');
const files = readdirSync(FOLDER);

test('there is a corpus of old clients and of new ones', () => {
  assert.deepEqual(files.sort(), ['kubectl-1.27.json', 'kubectl-1.29.json', 'kubectl-1.32.json', 'kubectl-1.36.json']);
});

for (const file of files) {
  const { client, steps } = parseCorpus(readFileSync(join(FOLDER, file), 'utf8'));
  test(`the requests of ${client}`, { timeout: 60_000 }, async (t) => {
    const server = await startServer(t);
    const api = new RawApi(readFileSync(server.kubeconfig, 'utf8'));
    t.after(() => api.close());
    const replay = new Replay(api);
    const failures: string[] = [];
    for (const { command, exchanges } of steps) {
      for (const failure of await replay.step(exchanges)) failures.push(`${command}: ${failure}`);
    }
    assert.deepEqual(failures, []);
    assert.doesNotMatch(server.output(), /request failed/, 'the server reported an internal error');
  });
}
