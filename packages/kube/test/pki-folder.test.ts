/** Keys and certificates between starts: kept, renewed, private, and never silently replaced where clients depend on them. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isMeshError, seededRandom } from '@weft/core';
import { FakeClock, tempDir } from '@weft/testkit';
import { pkiFolder } from '../src/server/pki/files.ts';
import { loadPki, type Pki } from '../src/server/pki/pki.ts';

const DAY_MS = 86_400_000;
const HOSTS = ['localhost', '127.0.0.1', '::1'];

interface Folder {
  readonly path: string;
  readonly clock: FakeClock;
  load(hosts?: readonly string[]): Promise<Pki>;
  file(name: string): string;
}

function createFolder(t: TestContext): Folder {
  const path = join(tempDir(t), 'pki');
  const clock = new FakeClock();
  const random = seededRandom(3);
  return {
    path,
    clock,
    load: (hosts = HOSTS) => loadPki({ files: pkiFolder(path), clock, random, hosts }),
    file: (name) => join(path, name),
  };
}

async function refusal(folder: Folder): Promise<string> {
  const thrown: unknown = await folder.load().then(
    () => assert.fail('the keys were loaded'),
    (reason: unknown) => reason,
  );
  assert.ok(isMeshError(thrown), String(thrown));
  return `${thrown.message} — ${thrown.hint}`;
}

test('everything is kept from one start to the next', async (t) => {
  const folder = createFolder(t);
  const first = await folder.load();
  const second = await folder.load([...HOSTS].reverse());
  assert.deepEqual(second.caPem, first.caPem);
  assert.deepEqual(second.serving.certPem, first.serving.certPem);
  assert.deepEqual(second.owner.keyPem.reveal(), first.owner.keyPem.reveal());
  assert.ok(second.tokenKeys.publicKey.equals(first.tokenKeys.publicKey));
});

test('only the owner can read the files, whatever they were before', async (t) => {
  const folder = createFolder(t);
  await folder.load();
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  const names = readdirSync(folder.path);
  assert.deepEqual(names.sort(), [
    'apiserver.crt',
    'apiserver.key',
    'ca.crt',
    'ca.key',
    'owner.crt',
    'owner.key',
    'service-accounts.key',
  ]);
  for (const name of names) chmodSync(folder.file(name), 0o644);
  writeFileSync(folder.file('owner.key.new'), 'left by a crash', { mode: 0o666 });
  rmSync(folder.file('owner.crt'));
  await folder.load();
  for (const name of readdirSync(folder.path)) assert.equal(statSync(folder.file(name)).mode & 0o777, 0o600, name);
  assert.ok(!existsSync(folder.file('owner.key.new')));
});

test('leaves are renewed two months before they expire; the authority stays', async (t) => {
  const folder = createFolder(t);
  const first = await folder.load();
  folder.clock.advance(304 * DAY_MS);
  assert.equal((await folder.load()).serving.certPem, first.serving.certPem);
  folder.clock.advance(2 * DAY_MS);
  const renewed = await folder.load();
  assert.notEqual(renewed.serving.certPem, first.serving.certPem);
  assert.notEqual(renewed.owner.certPem, first.owner.certPem);
  assert.equal(renewed.caPem, first.caPem);
  const left = new X509Certificate(renewed.serving.certPem).validToDate.getTime() - folder.clock.now();
  assert.ok(left > 364 * DAY_MS);
});

test('a clock that was far ahead once does not leave a server with certificates of the future', async (t) => {
  const folder = createFolder(t);
  await folder.load();
  folder.clock.advance(306 * DAY_MS);
  const ahead = await folder.load();
  folder.clock.setWallClock(folder.clock.now() - 300 * DAY_MS);
  assert.notEqual((await folder.load()).serving.certPem, ahead.serving.certPem);
});

test('the serving certificate has exactly the names that the server is reached by', async (t) => {
  const folder = createFolder(t);
  const first = await folder.load();
  const more = await folder.load([...HOSTS, 'mesh.example.com', '10.0.0.1']);
  const certificate = new X509Certificate(more.serving.certPem);
  assert.ok(certificate.checkHost('mesh.example.com') !== undefined && certificate.checkIP('10.0.0.1') !== undefined);
  assert.equal(more.owner.certPem, first.owner.certPem, 'the client certificate has nothing to do with it');
  const fewer = await folder.load();
  assert.equal(new X509Certificate(fewer.serving.certPem).checkHost('mesh.example.com'), undefined);
});

test('a leaf that is damaged, mixed up or of another authority is made anew', async (t) => {
  const folder = createFolder(t);
  const first = await folder.load();
  const other = createFolder(t);
  await other.load();
  const damages: [string, () => void][] = [
    ['garbage for a certificate', () => writeFileSync(folder.file('apiserver.crt'), 'garbage')],
    ['garbage for a key', () => writeFileSync(folder.file('apiserver.key'), 'garbage')],
    ['an empty key', () => writeFileSync(folder.file('apiserver.key'), '')],
    ['half a certificate', () => writeFileSync(folder.file('apiserver.crt'), first.serving.certPem.slice(0, 200))],
    ['the key of another', () => writeFileSync(folder.file('apiserver.key'), readFileSync(folder.file('owner.key')))],
    ['no key', () => rmSync(folder.file('apiserver.key'))],
    [
      'another authority',
      () => {
        for (const name of ['apiserver.crt', 'apiserver.key'])
          writeFileSync(folder.file(name), readFileSync(other.file(name)));
      },
    ],
  ];
  for (const [name, damage] of damages) {
    damage();
    const { serving, caPem } = await folder.load();
    const certificate = new X509Certificate(serving.certPem);
    assert.ok(certificate.verify(new X509Certificate(caPem).publicKey), name);
    assert.equal(caPem, first.caPem, name);
  }
});

test('an authority or token key that cannot be used is told with its file and what to do, and left as it is', async (t) => {
  const folder = createFolder(t);
  await folder.load();
  const other = createFolder(t);
  await other.load();
  const restore =
    /restore the file from a copy, or remove .*pki to start with new keys: kubeconfigs and tokens made before then stop working/;
  const cases: [string, string | undefined, RegExp, RegExp][] = [
    ['ca.key', 'garbage', /pki\/ca\.key cannot be read: the private key cannot be read/, restore],
    ['ca.key', readFileSync(other.file('ca.key'), 'utf8'), /pki\/ca\.key does not belong to ca\.crt/, restore],
    ['ca.key', undefined, /pki\/ca\.key is missing/, restore],
    ['ca.crt', 'garbage', /pki\/ca\.crt cannot be read: .*no certificate/, restore],
    ['ca.crt', undefined, /pki\/ca\.crt is missing/, restore],
    [
      'service-accounts.key',
      'garbage',
      /key of service-account tokens is not usable: .*service-accounts\.key: /,
      /or remove it to start with a new key/,
    ],
  ];
  for (const [name, content, message, hint] of cases) {
    const before = readFileSync(folder.file(name), 'utf8');
    if (content === undefined) rmSync(folder.file(name));
    else writeFileSync(folder.file(name), content);
    const text = await refusal(folder);
    assert.match(text, message);
    assert.match(text, hint);
    assert.doesNotMatch(text, /garbage|PRIVATE/, 'nothing of a key file is repeated');
    if (content !== undefined) assert.equal(readFileSync(folder.file(name), 'utf8'), content);
    writeFileSync(folder.file(name), before);
  }
  await folder.load();
  folder.clock.advance(3651 * DAY_MS);
  assert.match(await refusal(folder), /pki\/ca\.crt has expired at 20\d\d-/);
});

test('a first start that was cut short can be done again', async (t) => {
  const folder = createFolder(t);
  await folder.load();
  for (const name of readdirSync(folder.path)) if (name !== 'ca.key') rmSync(folder.file(name));
  await folder.load();
});

test('files that cannot be read or written are named', async (t) => {
  const folder = createFolder(t);
  mkdirSync(folder.file('owner.key'), { recursive: true });
  assert.match(await refusal(folder), /cannot read .*pki\/owner\.key: EISDIR/);
  const blocked = createFolder(t);
  writeFileSync(blocked.path, '');
  assert.match(
    await refusal(blocked),
    /cannot (read|write) .*pki\/ca\.(key|crt): .*— check that the folder and its files belong to this user/,
  );
});
