import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';

const toolsDir = path.dirname(import.meta.dirname);

/** Stands in for npm: notes the call, takes a moment, and leaves what `npm ci` would. */
const FAKE_NPM = `#!/bin/sh
echo "$@" >> "$CALLS"
sleep 0.3
rm -rf node_modules
mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
`;

/** Stands in for the proto generator: notes the call and leaves the stamp it was given. */
const FAKE_GENERATOR = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync(process.env.CALLS, 'generate\\n');
mkdirSync('packages/proto/src/gen', { recursive: true });
writeFileSync('packages/proto/src/gen/.stamp', process.argv[2] + '\\n');
`;

interface Checkout {
  readonly dir: string;
  readonly calls: () => string[];
  readonly start: (verb: string, args?: readonly string[], env?: Readonly<Record<string, string>>) => Run;
}

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly out: string;
    readonly err: string;
  }>;
}

/** A repository with our bootstrap, where everything that it starts is a stand-in. */
function makeCheckout(t: TestContext, replace: Readonly<Record<string, string>> = {}): Checkout {
  const dir = mkdtempSync(path.join(tmpdir(), 'weft-boot-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const files: Readonly<Record<string, string>> = {
    'package.json': '{"type":"module"}',
    'package-lock.json': '{"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}',
    'packages/proto/package.json': '{}',
    'packages/proto/buf.gen.yaml': '',
    'packages/proto/roots.txt': '',
    'packages/proto/proto/a.proto': '',
    'packages/proto/generate/main.ts': FAKE_GENERATOR,
    'tools/check.ts': 'process.stdout.write(JSON.stringify(process.argv.slice(2)));',
    'bin/npm': FAKE_NPM,
    ...replace,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(dir, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(dir, file), text, { mode: 0o755 });
  }
  cpSync(path.join(toolsDir, 'run.mjs'), path.join(dir, 'tools', 'run.mjs'));
  cpSync(path.join(toolsDir, 'bootstrap'), path.join(dir, 'tools', 'bootstrap'), { recursive: true });
  const callsFile = path.join(dir, 'calls');
  return {
    dir,
    calls: () => (existsSync(callsFile) ? readFileSync(callsFile, 'utf8').trim().split('\n') : []),
    start(verb, args = [], env = {}) {
      const { npm_execpath: _, ...inherited } = process.env;
      const own = { CALLS: callsFile, PATH: `${path.join(dir, 'bin')}${path.delimiter}${inherited['PATH'] ?? ''}` };
      const child = spawn(process.execPath, [path.join(dir, 'tools', 'run.mjs'), verb, ...args], {
        cwd: tmpdir(),
        env: { ...inherited, ...own, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return collect(child);
    },
  };
}

function collect(child: ChildProcess): Run {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, stdout: () => out, ended };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the bootstrap', { concurrency: true }, () => {
  it('installs and generates once, then runs the verb with its arguments', async (t) => {
    const checkout = makeCheckout(t);
    const first = await checkout.start('check', ['a', '--b', 'c d']).ended;
    assert.equal(first.code, 0, first.err);
    assert.equal(first.out, '["a","--b","c d"]');
    assert.match(first.err, /installing dependencies \(npm ci\): done in/);
    assert.match(first.err, /generating protos: done in/);
    const calls = checkout.calls();
    assert.equal(calls.length, 2);
    assert.match(calls[0]!, /^ci --ignore-scripts /);
    const second = await checkout.start('check').ended;
    assert.equal(second.code, 0);
    assert.equal(second.err, '', 'a second run has nothing to say');
    assert.deepEqual(checkout.calls(), calls);
  });

  it('adds little when everything is ready', async (t) => {
    const checkout = makeCheckout(t, { 'tools/check.ts': 'process.stdout.write(String(process.hrtime.bigint()));' });
    await checkout.start('check').ended;
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startedAt = process.hrtime.bigint();
      const { out } = await checkout.start('check').ended;
      waits.push(Number(BigInt(out) - startedAt) / 1e6);
    }
    const bare: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startedAt = process.hrtime.bigint();
      spawnSync(process.execPath, ['-e', '']);
      bare.push(Number(process.hrtime.bigint() - startedAt) / 1e6);
    }
    // Two starts of Node are part of it: the bootstrap's own and the verb's. How long one takes is the machine's affair.
    const most = 4 * Math.min(...bare) + 100;
    assert.ok(Math.min(...waits) < most, `the verb started after ${waits.map(Math.round).join(', ')} ms, not ${most}`);
  });

  it('installs again when the lockfile changed, and generates again when a proto changed', async (t) => {
    const checkout = makeCheckout(t);
    await checkout.start('check').ended;
    writeFileSync(
      path.join(checkout.dir, 'package-lock.json'),
      '{"packages":{"":{},"node_modules/a":{"version":"2.0.0"}}}',
    );
    await checkout.start('check').ended;
    assert.equal(checkout.calls().length, 3);
    writeFileSync(path.join(checkout.dir, 'packages/proto/proto/a.proto'), 'syntax = "proto3";');
    await checkout.start('check').ended;
    assert.deepEqual(checkout.calls().slice(3), ['generate']);
  });

  it('takes a tree that npm already brought up to date as it is', async (t) => {
    const checkout = makeCheckout(t);
    mkdirSync(path.join(checkout.dir, 'node_modules', 'a'), { recursive: true });
    cpSync(path.join(checkout.dir, 'package-lock.json'), path.join(checkout.dir, 'node_modules', '.package-lock.json'));
    const { code, err } = await checkout.start('check').ended;
    assert.equal(code, 0, err);
    assert.deepEqual(checkout.calls(), ['generate']);
  });

  it('lets one of several runs install and the others wait', async (t) => {
    const checkout = makeCheckout(t);
    const runs = await Promise.all(Array.from({ length: 4 }, () => checkout.start('check').ended));
    assert.deepEqual(
      runs.map((run) => run.code),
      [0, 0, 0, 0],
      runs.map((run) => run.err).join('\n'),
    );
    assert.equal(checkout.calls().filter((call) => call.startsWith('ci ')).length, 1);
    assert.equal(checkout.calls().filter((call) => call === 'generate').length, 1);
    assert.equal(existsSync(path.join(checkout.dir, '.cache', 'bootstrap.lock')), false);
  });

  it('takes over from a run that died', async (t) => {
    const checkout = makeCheckout(t);
    const dead = spawn('true');
    await new Promise((resolve) => dead.on('close', resolve));
    mkdirSync(path.join(checkout.dir, '.cache'));
    writeFileSync(path.join(checkout.dir, '.cache', 'bootstrap.lock'), `${dead.pid}\n`);
    const { code, err } = await checkout.start('check').ended;
    assert.equal(code, 0, err);
  });

  it('shows why an install failed, and tries again next time', async (t) => {
    const checkout = makeCheckout(t, {
      'bin/npm': '#!/bin/sh\necho "npm error the registry is on fire" >&2\nexit 7\n',
    });
    const { code, err } = await checkout.start('check').ended;
    assert.equal(code, 1);
    assert.match(err, /npm ci failed \(7\)[\s\S]*the registry is on fire/);
    assert.doesNotMatch(err, /\n\s+at /);
    writeFileSync(path.join(checkout.dir, 'bin', 'npm'), FAKE_NPM, { mode: 0o755 });
    assert.equal((await checkout.start('check').ended).code, 0);
  });

  it('says that npm is missing', async (t) => {
    const checkout = makeCheckout(t);
    const onlyNode = path.join(checkout.dir, 'only-node');
    mkdirSync(onlyNode);
    symlinkSync(process.execPath, path.join(onlyNode, 'node'));
    const { code, err } = await checkout.start('check', [], { PATH: onlyNode }).ended;
    assert.equal(code, 2);
    assert.match(err, /npm is not on PATH/);
  });

  it('shows why the generator failed', async (t) => {
    const checkout = makeCheckout(t, { 'packages/proto/generate/main.ts': "throw new Error('no such root');" });
    const { code, err } = await checkout.start('check').ended;
    assert.equal(code, 1);
    assert.match(err, /generating the protos failed \(1\):[\s\S]*no such root/);
  });

  it('passes exit codes and signals on', async (t) => {
    const failing = makeCheckout(t, { 'tools/check.ts': 'process.exitCode = 3;' });
    assert.equal((await failing.start('check').ended).code, 3);

    const waiting = makeCheckout(t, {
      'tools/check.ts':
        "process.once('SIGTERM', () => { process.stdout.write('bye'); clearInterval(timer); });\nconst timer = setInterval(() => {}, 1000);\nprocess.stdout.write('up ');",
    });
    const run = waiting.start('check');
    await until(() => run.stdout() === 'up ', 'the verb');
    run.child.kill('SIGTERM');
    const { code, out } = await run.ended;
    assert.equal(out, 'up bye');
    assert.equal(code, 0);

    const deaf = makeCheckout(t, { 'tools/check.ts': "setInterval(() => {}, 1000);\nprocess.stdout.write('up');" });
    const killed = deaf.start('check');
    await until(() => killed.stdout() === 'up', 'the verb');
    killed.child.kill('SIGINT');
    assert.equal((await killed.ended).signal, 'SIGINT');
  });

  it('explains itself without a verb and with a wrong one', async (t) => {
    const checkout = makeCheckout(t);
    const { code, err } = await checkout.start('chekc').ended;
    assert.equal(code, 2);
    assert.match(err, /unknown verb "chekc"\nusage: npm run <verb>/);
    assert.deepEqual(checkout.calls(), []);
    for (const verb of ['toString', '__proto__']) assert.equal((await checkout.start(verb).ended).code, 2);
  });
});
