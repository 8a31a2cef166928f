import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';

const root = path.dirname(import.meta.dirname);
const run = promisify(execFile);

/** Why this test cannot run here, if it cannot. */
function reasonToSkip(): string | false {
  if (process.env['WEFT_TEST_OFFLINE'] === '1') return 'WEFT_TEST_OFFLINE=1: packages may not be fetched';
  if (spawnSync('git', ['-C', root, 'rev-parse', 'HEAD']).status !== 0) return 'this is no git checkout';
  if (spawnSync('npm', ['--version']).status !== 0) return 'npm is not on PATH';
  return false;
}

it('a fresh clone is ready with one command', { skip: reasonToSkip(), timeout: 110_000 }, async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'weft-clone-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const clone = path.join(parent, 'weft');
  await run('git', ['clone', '--quiet', root, clone]);

  // As a newcomer has it: without what this process inherited from the checkout it runs in.
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|NODE_)/.test(key));
  const searchPath = (process.env['PATH'] ?? '').split(path.delimiter).filter((dir) => !dir.startsWith(root));
  const env = { ...Object.fromEntries(inherited), PATH: searchPath.join(path.delimiter) };
  const timed = async (...command: [string, ...string[]]) => {
    const startedAt = performance.now();
    const { stdout } = await run(command[0], command.slice(1), { cwd: clone, env });
    return { stdout, seconds: (performance.now() - startedAt) / 1000 };
  };

  const first = await startAndEnd(clone, env);
  t.diagnostic(`npm start in a fresh clone, until the API answers: ${first.toFixed(1)} s`);
  const second = await startAndEnd(clone, env);
  t.diagnostic(`npm start again: ${second.toFixed(1)} s`);
  assert.ok(second < first / 2, 'a second start installs nothing');

  const bench = await timed('npm', 'run', '--silent', 'bench');
  assert.match(bench.stdout, /run one with: npm run bench -- NAME/);

  const version = await timed('npx', '--no', 'weft', 'version', '-o', 'json');
  const { node } = JSON.parse(version.stdout) as { node: { version: string } };
  assert.ok(Number.parseInt(node.version, 10) >= 24, node.version);

  const status = await run('git', ['status', '--porcelain'], { cwd: clone });
  assert.equal(status.stdout, '', 'what the bootstrap makes is ignored by git');
});

/** Runs `npm start` until it says that it serves, ends it as Ctrl-C does, and returns the seconds that it took to serve. */
async function startAndEnd(clone: string, env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--', '--listen', '127.0.0.1:0'], { cwd: clone, env, detached: true });
  const exited = once(child, 'exit');
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const onData = (chunk: Buffer) => {
    text += chunk.toString();
    if (/^serving the Kubernetes API on https:/m.test(text)) resolve((performance.now() - startedAt) / 1000);
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
  const seconds = await promise;
  // A terminal sends the signal to the whole group.
  process.kill(-child.pid!, 'SIGINT');
  await exited;
  return seconds;
}
