import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { findTests, planJobs, selectTests } from '../testing/plan.ts';
import { runTests } from '../testing/run-tests.ts';

const HEAD = "import assert from 'node:assert/strict';\nimport { describe, it } from 'node:test';\n";

function makeTree(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'weft-tests-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
  for (const [file, body] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), HEAD + body);
  }
  return root;
}

async function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  patterns: string[] = [],
  timeoutMs = 20_000,
) {
  const root = makeTree(t, files);
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const code = await runTests({ root, patterns, timeoutMs, processes: 2, write });
  return { code, output, last: output.trimEnd().split('\n').at(-1) };
}

describe('npm test', { concurrency: true }, () => {
  it('sums up shared and isolated files in one closing line', async (t) => {
    const { code, output, last } = await run(t, {
      'packages/a/src/a.test.ts': "describe('a', () => { it('one', () => {}); it('two', () => {}); });",
      'packages/a/test/b.test.ts': "it('three', () => {}); it('four', { skip: 'no kubectl' }, () => {});",
    });
    assert.equal(code, 0, output);
    assert.equal(last, '3 passed, 0 failed, 1 skipped');
    assert.match(output, /packages\/a\/test\/b\.test\.ts:3 {2}four: no kubectl/);
    assert.match(output, /^ℹ pass 3$/m);
    assert.match(output, /^ℹ fail 0$/m);
  });

  it('shows a failure with its stack and exits with 1', async (t) => {
    const { code, output, last } = await run(t, {
      'packages/a/src/a.test.ts': "it('good', () => {}); it('bad', () => assert.equal(1, 2, 'one is not two'));",
    });
    assert.equal(code, 1);
    assert.equal(last, '1 passed, 1 failed, 0 skipped');
    assert.match(output, /✗ bad {2}\(packages\/a\/src\/a\.test\.ts:3\)/);
    assert.match(output, /one is not two/);
  });

  it('counts a file that cannot be loaded as failed', async (t) => {
    const { code, output } = await run(t, { 'packages/a/src/a.test.ts': "throw new Error('at load');" });
    assert.equal(code, 1);
    assert.match(output, /at load/);
  });

  it('counts a failing hook as failed', async (t) => {
    const { code, last } = await run(t, {
      'packages/a/src/a.test.ts':
        "import { before } from 'node:test';\ndescribe('d', () => { before(() => { throw new Error('hook'); }); it('x', () => {}); });",
    });
    assert.equal(code, 1);
    assert.doesNotMatch(last!, / 0 failed/);
  });

  it('reports a process that ends in the middle, with what it printed', async (t) => {
    const { code, output, last } = await run(t, {
      'packages/a/test/a.test.ts':
        "it('exits', async () => { await new Promise(setImmediate); process.stderr.write('last words'); process.exit(0); });",
    });
    assert.equal(code, 1);
    assert.equal(last, '0 passed, 1 failed, 0 skipped');
    assert.match(
      output,
      /ended \(exit code 0\) before its tests did; last started: packages\/a\/test\/a\.test\.ts: exits/,
    );
    assert.match(output, /last words/);
  });

  it('ends a file that hangs and names the test', async (t) => {
    const { code, output } = await run(
      t,
      {
        'packages/a/test/a.test.ts':
          "it('first', () => new Promise(setImmediate)); it('spins', async () => { await new Promise(setImmediate); for (;;); });",
      },
      [],
      1500,
    );
    assert.equal(code, 1);
    assert.match(output, /timeout .*\n.*1\.5 s; last started: packages\/a\/test\/a\.test\.ts: spins/);
  });

  it('reports what a process leaves open', async (t) => {
    const { code, output } = await run(t, {
      'packages/a/test/a.test.ts':
        "import { createServer } from 'node:net';\nit('leaks', () => { createServer().listen(0); });",
    });
    assert.equal(code, 1);
    assert.match(output, /stayed alive after its last test; not closed: .*TCPServerWrap/);
  });

  it('says so when nothing matches', async (t) => {
    const { code, output } = await run(t, { 'packages/a/src/a.test.ts': '' }, ['packages/zzz']);
    assert.equal(code, 1);
    assert.equal(output, 'no test file matches "packages/zzz"\n');
  });
});

describe('planning', () => {
  it('finds tests everywhere but in dependencies, generated code and test data', (t) => {
    const root = makeTree(t, {
      'packages/a/src/a.test.ts': '',
      'packages/a/src/a.ts': '',
      'packages/a/node_modules/b/b.test.ts': '',
      'packages/a/testdata/c.test.ts': '',
      'packages/a/src/gen/d.test.ts': '',
      'e2e/e.test.ts': '',
    });
    assert.deepEqual(findTests(root), ['e2e/e.test.ts', 'packages/a/src/a.test.ts']);
  });

  it('selects by parts of paths, however they are written', () => {
    const files = ['packages/a/src/x.test.ts', 'packages/b/src/y.test.ts'];
    assert.deepEqual(selectTests('/r', files, ['./packages/a']), [files[0]]);
    assert.deepEqual(selectTests('/r', files, ['/r/packages/b/src']), [files[1]]);
    assert.deepEqual(selectTests('/r', files, ['y.test']), [files[1]]);
    assert.deepEqual(selectTests('/r', files, []), files);
  });

  it('spreads many unit tests over the shards and gives every integration test its own process', (t) => {
    const names = Array.from({ length: 20 }, (_, index) => `packages/a/src/t${index}.test.ts`);
    const root = makeTree(t, Object.fromEntries([...names, 'packages/a/test/i.test.ts'].map((name) => [name, ''])));
    const jobs = planJobs(root, findTests(root), 2);
    assert.deepEqual(
      jobs.map((job) => job.files.length),
      [10, 10, 1],
    );
    assert.deepEqual(jobs.flatMap((job) => job.files).sort(), findTests(root));
  });
});
