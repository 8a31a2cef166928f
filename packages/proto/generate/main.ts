// Generates packages/proto/src/gen from the protos inside @grpc/grpc-js-xds, with what newer Envoys have in generate/additions, and from our
// own in packages/proto/proto. Run by
// `npm run gen` and, when an input changed, before every other script. The stamp given as argument marks the finished result.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { writeLiteTable } from './lite-table.ts';
import { mergeProto } from './merge-proto.ts';
import { writeTypeIndex } from './type-index.ts';

const packageDir = path.dirname(import.meta.dirname);
const genDir = path.join(packageDir, 'src', 'gen');
const workRoot = path.join(packageDir, '..', '..', '.cache');

/** Folders with protos in grpc-js-xds; the keys are their module names in the work folder. */
const UPSTREAM_MODULES = ['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'] as const;

function binary(packageName: string, name: string): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve(`${packageName}/package.json`);
  const { bin } = require(manifest) as { bin: string | Record<string, string> };
  const relative = typeof bin === 'string' ? bin : bin[name];
  if (relative === undefined) throw new Error(`${packageName} has no command ${name}`);
  return path.join(path.dirname(manifest), relative);
}

/** Copies all protos into one buf workspace, so that buf sees modules below its own folder and we can mend one of them. */
async function buildWorkspace(workDir: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const deps = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const onlyProtos = (source: string) => path.extname(source) === '' || source.endsWith('.proto');
  for (const name of UPSTREAM_MODULES) {
    await cp(path.join(deps, name), path.join(workDir, name), { recursive: true, filter: onlyProtos });
  }
  await cp(path.join(packageDir, 'proto'), path.join(workDir, 'own'), { recursive: true });
  await mergeAdditions(workDir);
  await mendValidateProto(path.join(workDir, 'protoc-gen-validate', 'validate', 'validate.proto'));
  const modules = [...UPSTREAM_MODULES, 'own'].map((name) => `  - path: ${name}`);
  await writeFile(path.join(workDir, 'buf.yaml'), `version: v2\nmodules:\n${modules.join('\n')}\n`);
}

/** Puts what newer releases of Envoy have into the protos of the modules; a file that no module has becomes one of ours. */
async function mergeAdditions(workDir: string): Promise<void> {
  const moduleOf = await findModules(workDir);
  const additions = path.join(import.meta.dirname, 'additions');
  for (const file of await readdir(additions, { recursive: true })) {
    if (!file.endsWith('.proto')) continue;
    const addition = await readFile(path.join(additions, file), 'utf8');
    const module = moduleOf.get(file);
    const target = path.join(workDir, module ?? 'own', file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, module === undefined ? addition : mergeProto(await readFile(target, 'utf8'), addition));
  }
}

/** The shipped validate.proto is older than the Envoy protos beside it, which use this option of string rules. */
async function mendValidateProto(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const mended = text.replace('message StringRules {', 'message StringRules {\n  optional bool ignore_empty = 26;');
  if (mended === text)
    throw new Error(`${file} has no "message StringRules {": adapt the generator to the new version`);
  await writeFile(file, mended);
}

async function readRoots(): Promise<string[]> {
  const text = await readFile(path.join(packageDir, 'roots.txt'), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Which module has a file. */
async function findModules(workDir: string): Promise<ReadonlyMap<string, string>> {
  const moduleOf = new Map<string, string>();
  for (const name of [...UPSTREAM_MODULES, 'own']) {
    for (const file of await readdir(path.join(workDir, name), { recursive: true })) moduleOf.set(file, name);
  }
  return moduleOf;
}

/** buf wants the paths with their module folder. */
async function locateRoots(workDir: string, roots: readonly string[]): Promise<string[]> {
  const moduleOf = await findModules(workDir);
  return roots.map((root) => {
    const name = moduleOf.get(root);
    if (name === undefined) throw new Error(`roots.txt: no module has ${root}`);
    return `${name}/${root}`;
  });
}

async function runBuf(workDir: string, roots: readonly string[], args: readonly string[]): Promise<void> {
  const env = { ...process.env };
  env.PATH = `${path.dirname(binary('@bufbuild/protoc-gen-es', 'protoc-gen-es'))}${path.delimiter}${env.PATH ?? ''}`;
  await promisify(execFile)(
    process.execPath,
    [binary('@bufbuild/buf', 'buf'), ...args, ...roots.flatMap((root) => ['--path', root])],
    { cwd: workDir, env },
  );
}

async function main(stamp: string): Promise<void> {
  await mkdir(workRoot, { recursive: true });
  const workDir = await mkdtemp(path.join(workRoot, 'proto-'));
  try {
    await buildWorkspace(workDir);
    const outDir = path.join(workDir, 'gen');
    await mkdir(outDir);
    const roots = await locateRoots(workDir, await readRoots());
    const template = path.join(packageDir, 'buf.gen.yaml');
    await runBuf(workDir, roots, ['generate', '.', '--template', template, '--output', outDir]);
    await writeTypeIndex(outDir);
    // The code is generated without annotations, the table with them.
    const descriptors = path.join(workDir, 'descriptors.binpb');
    await runBuf(workDir, roots, [
      'build',
      '.',
      '--as-file-descriptor-set',
      '--exclude-source-info',
      '--output',
      descriptors,
    ]);
    await writeLiteTable(descriptors, outDir);
    await writeFile(path.join(outDir, '.stamp'), `${stamp}\n`);
    // The finished folder is moved in one step: whoever runs meanwhile sees the old or the new code, never half of it.
    await rm(path.join(workDir, 'old'), { recursive: true, force: true });
    await rename(genDir, path.join(workDir, 'old')).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(outDir, genDir);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

await main(process.argv[2] ?? 'unknown');
