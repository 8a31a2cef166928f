import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { tempDir } from '@weft/testkit';

const bin = path.join(import.meta.dirname, '..', 'bin', 'weft.js');
const run = promisify(execFile);

/** A Node on PATH that is too old to run weft itself. */
function findOldNode(): string | undefined {
  for (const dir of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(dir, 'node');
    const { stdout, status } = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    if (status === 0 && Number.parseInt(stdout, 10) < 24) return candidate;
  }
  return undefined;
}

/** CPU time of a finished child, in milliseconds: what the kernel charged since the last call. */
function childCpuMs(command: string, args: readonly string[]): number {
  const script = 'times=$(TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1); echo "$times"';
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', command, ...args], { encoding: 'utf8' });
  const [user = 0, system = 0] = stdout.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

const hasBash = spawnSync('bash', ['--version']).status === 0;

describe('the weft program', () => {
  it('prints and exits like main', async () => {
    const { stdout } = await run(process.execPath, [bin, 'version', '-o', 'json']);
    assert.equal((JSON.parse(stdout) as { node: { version: string } }).node.version, process.versions.node);
    await assert.rejects(run(process.execPath, [bin, 'nothing']), { code: 2, stdout: '' });
  });

  it('takes the newer Node along when it is started with an old one', async (t) => {
    const old = findOldNode();
    if (old === undefined) return t.skip('no Node older than 24 on PATH');
    const { stdout } = await run(old, [bin, 'version', '-o', 'json']);
    assert.ok(Number.parseInt((JSON.parse(stdout) as { node: { version: string } }).node.version, 10) >= 24);
    await assert.rejects(run(old, [bin, 'nothing']), { code: 2 });
  });

  it('keeps its compiled code in the cache folder of the user', async (t) => {
    const cache = tempDir(t);
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    await run(process.execPath, [bin, 'version'], { env: { ...env, XDG_CACHE_HOME: cache } });
    assert.deepEqual(readdirSync(cache), ['weft']);
  });

  it('ends quietly when nobody reads its output', { skip: hasBash ? false : 'no bash' }, async () => {
    const script = `set -o pipefail; "$0" "$1" help | true`;
    const { stderr } = await run('bash', ['-c', script, process.execPath, bin]);
    assert.equal(stderr, '');
  });

  it('fails when its output cannot be written', {
    skip: existsSync('/dev/full') ? false : 'no /dev/full',
  }, async () => {
    const failing = run('sh', ['-c', '"$0" "$1" version > /dev/full', process.execPath, bin]);
    await assert.rejects(failing, { code: 1, stderr: /^error: cannot write the output: ENOSPC[^\n]*\n$/ });
  });

  it('starts fast', { skip: hasBash ? false : 'no bash' }, (t) => {
    const empty = path.join(tempDir(t), 'empty.mjs');
    writeFileSync(empty, '');
    const least = (args: readonly string[]) =>
      Math.min(...Array.from({ length: 5 }, () => childCpuMs(process.execPath, args)));
    least([bin, 'version']);
    const own = least([bin, 'version']) - least([empty]);
    t.diagnostic(`weft version: ${own.toFixed(0)} ms of CPU beyond Node itself`);
    assert.ok(own < 80, `weft version takes ${own.toFixed(0)} ms of CPU beyond Node itself`);
  });
});

describe('completion in bash', { skip: hasBash ? false : 'no bash' }, () => {
  /** What bash would offer for a line with the cursor at its end. */
  async function offers(dir: string, line: string): Promise<string[]> {
    writeFileSync(path.join(dir, 'weft'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, { mode: 0o755 });
    const script = `
      source <(weft completion bash)
      COMP_LINE="$1" COMP_POINT=\${#1}
      _weft
      printf '%s\\n' "\${COMPREPLY[@]}"
    `;
    const env = { ...process.env, PATH: `${dir}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const { stdout } = await run('bash', ['-c', script, 'bash', line], { env, cwd: dir });
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('offers commands, flags and values', async (t) => {
    const dir = tempDir(t);
    assert.deepEqual(await offers(dir, 'weft ver'), ['version']);
    assert.deepEqual(await offers(dir, 'weft version --outp'), ['--output']);
    assert.deepEqual(await offers(dir, 'weft version -o '), ['table', 'wide', 'short', 'json', 'yaml']);
    // bash keeps "--output=" and replaces what follows.
    assert.deepEqual(await offers(dir, 'weft version --output=j'), ['json']);
    assert.deepEqual(await offers(dir, 'weft completion '), ['bash', 'zsh', 'fish']);
  });
});

for (const shell of ['zsh', 'fish'] as const) {
  it(`the script for ${shell} is valid`, async (t) => {
    if (spawnSync(shell, ['--version']).status !== 0) return t.skip(`no ${shell} on this machine`);
    const { stdout } = await run(process.execPath, [bin, 'completion', shell]);
    const file = path.join(tempDir(t), 'script');
    writeFileSync(file, stdout);
    await run(shell, ['-n', file], { timeout: 10_000 });
  });
}
