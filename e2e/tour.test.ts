/** Runs the tour of the README as it is printed there: the first thing that a newcomer does must work. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { tempDir } from '@weft/testkit';
import { findKubectls } from './support/kubectl.ts';
import { startServer } from './support/server.ts';

const root = path.dirname(import.meta.dirname);
const run = promisify(execFile);
const [kubectl] = await findKubectls();

/** The shell blocks under the heading of the tour. */
function tourBlocks(): string[] {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const tour = readme.slice(readme.indexOf('## A tour in 60 seconds'), readme.indexOf('## What is there'));
  return [...tour.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
}

it('the tour of the README works as printed', {
  skip: kubectl === undefined ? 'no kubectl from 1.27 on this machine' : false,
  timeout: 60_000,
}, async (t) => {
  const server = await startServer(t);
  const folder = tempDir(t);
  mkdirSync(path.join(folder, '.weft'));
  for (const name of ['samples', 'packages', 'node_modules', 'package.json'])
    symlinkSync(path.join(root, name), path.join(folder, name));
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(kubectl!.path, path.join(folder, 'bin', 'kubectl'));
  symlinkSync(server.kubeconfig, path.join(folder, '.weft', 'kubeconfig'));
  const blocks = tourBlocks();
  assert.equal(blocks.length, 2);
  const env = {
    ...process.env,
    HOME: folder,
    PATH: [path.join(folder, 'bin'), path.join(root, 'node_modules', '.bin'), process.env['PATH']].join(path.delimiter),
  };
  const script = `set -e\n${blocks.join('\n')}`;
  const { stdout, stderr } = await run('bash', ['-c', script], { cwd: folder, env });
  assert.match(stdout, /virtualservice.networking.istio.io\/reviews created/);
  assert.match(stdout, /-\s+timeout: 5s/, 'diff shows the change');
  assert.match(stderr, /unknown field "spec.http\[0\].route\[0\].wieght"/);
  assert.match(stderr, /Unsupported value: "STRIKT"/);
  assert.match(stdout, /samples\/broken\.yaml:15: error: unknown field/);
  assert.match(stdout, /consecutive5xxErrors/);
  assert.match(stdout, /httproutes/);
});
