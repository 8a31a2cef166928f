import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
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

  const first = await timed('npm', 'run', '--silent', 'bench');
  t.diagnostic(`first command in a fresh clone: ${first.seconds.toFixed(1)} s`);
  assert.match(first.stdout, /run one with: npm run bench -- NAME/);

  const second = await timed('npm', 'run', '--silent', 'bench');
  t.diagnostic(`same command again: ${second.seconds.toFixed(1)} s`);
  assert.equal(second.stdout, first.stdout);
  assert.ok(second.seconds < first.seconds / 2, 'a second run installs nothing');

  const version = await timed('npx', '--no', 'weft', 'version', '-o', 'json');
  const { node } = JSON.parse(version.stdout) as { node: { version: string } };
  assert.ok(Number.parseInt(node.version, 10) >= 24, node.version);

  const status = await run('git', ['status', '--porcelain'], { cwd: clone });
  assert.equal(status.stdout, '', 'what the bootstrap makes is ignored by git');
});
