import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { tempDir } from '@weft/testkit';

const CLI = path.join(import.meta.dirname, '..');
const BIN = path.join(CLI, 'bin', 'weft.js');
const WRITER = path.join(CLI, 'src', 'pack', 'write-pack.ts');

/** Where a proxy of this checkout looks for its pack. */
function packFolder(cache: string): string {
  const name = createHash('sha256')
    .update(`${path.join(CLI, 'bin')}\n${process.version}\n${process.arch}`)
    .digest('hex');
  return path.join(cache, 'weft', 'pack', name.slice(0, 16));
}

/** A pack that is written once for all tests. */
const original = path.join(mkdtempSync(path.join(tmpdir(), 'weft-pack-')), 'pack');
after(() => rmSync(path.dirname(original), { recursive: true }));
before(() => {
  const { status } = spawnSync(process.execPath, ['--max-semi-space-size=2', WRITER, original]);
  assert.equal(status, 0, readFileSync(`${original}.error`, { encoding: 'utf8', flag: 'a+' }));
});

/** A cache folder with a pack in it, and a run of the proxy that uses it. */
function installPack(t: TestContext) {
  const cache = tempDir(t);
  const folder = packFolder(cache);
  cpSync(original, folder, { recursive: true });
  const config = path.join(cache, 'envoy.json');
  const validate = (text: string): { status: number | null; output: string } => {
    writeFileSync(config, text);
    const args = [BIN, 'proxy', '-c', config, '--mode', 'validate'];
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    return { status, output: `${stdout}${stderr}` };
  };
  return { folder, config, validate };
}

test('the proxy runs from its pack as from its sources, and only while these are the same', (t) => {
  const { folder, config, validate } = installPack(t);
  assert.deepEqual(validate('{}'), { status: 0, output: `${config} is valid\n` });
  const refused = validate('{"admin":{"adress":{}}}');
  assert.equal(refused.status, 2);
  assert.match(refused.output, /adress/);

  // A word that is changed shows where the code comes from; what is compiled holds the old one.
  rmSync(path.join(folder, 'proxy.code'));
  const script = path.join(folder, 'proxy.js');
  writeFileSync(script, readFileSync(script, 'latin1').replace('is valid\\n', 'is VALID\\n'), 'latin1');
  assert.match(validate('{}').output, /is VALID/);

  const manifestFile = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as { inputs: [string, number, number][] };
  manifest.inputs.at(-1)![1] += 1;
  writeFileSync(manifestFile, JSON.stringify(manifest));
  assert.match(validate('{}').output, /is valid/);
});

test('errors in a packed proxy name the source', (t) => {
  const { folder, validate } = installPack(t);
  const script = path.join(folder, 'proxy.js');
  const text = readFileSync(script, 'latin1');
  const statement = /context\.out\.write\(`\$\{args\.config\} is valid.*$/m.exec(text)![0];
  // As long as before: a pack of another length is none.
  writeFileSync(
    script,
    text.replace(statement, () => 'null.x;'.padEnd(statement.length)),
    'latin1',
  );
  rmSync(path.join(folder, 'proxy.code'));
  const source = readFileSync(path.join(CLI, 'src', 'proxy', 'run-proxy.ts'), 'utf8').split('\n');
  const line = source.findIndex((each) => each.includes('is valid')) + 1;
  const { output } = validate('{}');
  assert.ok(output.includes(`src/proxy/run-proxy.ts:${line}`), output);
});
