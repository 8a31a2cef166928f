// Generates packages/proto/src/gen when it is missing or when anything that determines it changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './error.mjs';
import { runQuietly } from './install.mjs';
import { withLock } from './lock.mjs';
import { startProgress } from './progress.mjs';

/** Inputs of the generation besides the exact versions in package.json; directories are read recursively. */
const INPUTS = ['buf.gen.yaml', 'roots.txt', 'proto', 'generate'];

/**
 * A digest of everything that determines the generated code.
 * @param {string} root
 */
export function protoStamp(root) {
  const hash = createHash('sha256');
  const base = path.join(root, 'packages', 'proto');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(base, 'package.json'), 'utf8'));
  hash.update(JSON.stringify({ dependencies, devDependencies }));
  for (const input of INPUTS) {
    const files = path.extname(input) === '' ? listFiles(path.join(base, input)) : [path.join(base, input)];
    for (const file of files)
      hash.update(path.relative(base, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return `${hash.digest('hex')}\n`;
}

function listFiles(dir) {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/**
 * Makes the generated protos current.
 * @param {string} root
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @param {{force: boolean}} options
 */
export async function ensureProtos(root, node, env, { force }) {
  const stampFile = path.join(root, 'packages', 'proto', 'src', 'gen', '.stamp');
  const stamp = protoStamp(root);
  const isCurrent = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (!force && isCurrent()) return;
  await withLock(path.join(root, '.cache', 'proto.lock'), async () => {
    if (!force && isCurrent()) return;
    const progress = startProgress('generating protos');
    const script = path.join(root, 'packages', 'proto', 'generate', 'main.ts');
    const { code, output } = await runQuietly(node, [script, stamp.trim()], root, env);
    if (code !== 0) {
      progress.fail();
      throw new BootstrapError(`generating the protos failed (${code}):\n${output}`);
    }
    progress.done();
  });
}
