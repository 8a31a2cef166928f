// Starts `weft proxy` from its pack: one script of all its modules, with their code compiled, in the user's cache folder. Without a pack that fits
// its sources it starts from these, and has one written for the next time. Plain JavaScript: to strip types would cost what a pack saves.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

const WRITER = path.join(import.meta.dirname, '..', 'src', 'pack', 'write-pack.ts');

/** So long a proxy has run before it is worth to write a pack: a short run should not wait for it. */
const PACK_AFTER_MS = 2000;

/** Starts the proxy; the pack is one of the folders in `cache`. */
export async function startProxy(cache) {
  const recorded = process.env.WEFT_PACK_RECORD;
  if (recorded !== undefined) return recordPack(recorded);
  const isOff = process.env.WEFT_PACK === 'off';
  const folder = path.join(cache, nameOf(import.meta.dirname));
  const pack = isOff ? undefined : readPack(folder);
  if (pack !== undefined) return runPack(pack).ended;
  if (!isOff) packLater(folder);
  await import('../src/process.ts');
}

/** Each checkout and each Node has its own. */
function nameOf(checkout) {
  return createHash('sha256').update(`${checkout}\n${process.version}\n${process.arch}`).digest('hex').slice(0, 16);
}

/** The pack in a folder; undefined if there is none, or a file that it was made of has changed since. */
function readPack(folder) {
  let manifest;
  let source;
  let code;
  try {
    manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    for (const [file, mtimeMs, size] of manifest.inputs) {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat === undefined || stat.mtimeMs !== mtimeMs || stat.size !== size) return undefined;
    }
    // Of a script in Latin-1, V8 needs one byte for each character.
    source = readFileSync(path.join(folder, 'proxy.js'), 'latin1');
    code = readFileSync(path.join(folder, 'proxy.code'));
  } catch (error) {
    if (manifest === undefined && (error.code === 'ENOENT' || error instanceof SyntaxError)) return undefined;
    if (source !== undefined && error.code === 'ENOENT') return { manifest, source, code: undefined };
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  return source.length === manifest.scriptBytes ? { manifest, source, code } : undefined;
}

function runPack({ manifest, source, code }) {
  const script = new vm.Script(source, {
    filename: 'weft-proxy.js',
    cachedData: code,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const { lines } = manifest;
  Error.prepareStackTrace = (error, frames) =>
    [String(error), ...frames.map((each) => placeOf(each, lines))].join('\n    at ');
  return { script, ended: script.runInThisContext()(createRequire(import.meta.url)) };
}

/** A frame as it would be without a pack; columns are not what they were. */
function placeOf(frame, lines) {
  return String(frame).replace(/weft-proxy\.js:(\d+):\d+/, (_, text) => {
    const line = Number(text) - 1;
    const [first, file] = lines.findLast(([start]) => start <= line) ?? [0, 'weft-proxy.js'];
    return `${file}:${line - first + 1}`;
  });
}

/** Runs a new pack, and keeps what V8 compiled on the way. */
async function recordPack(folder) {
  const pack = readPack(folder);
  if (pack === undefined) throw new Error(`${folder} holds no pack that fits its sources`);
  // What only the start needs would be gone by the end. V8 refuses code of a process with other flags, hence it is back to normal in time.
  v8.setFlagsFromString('--no-flush-bytecode');
  const { script, ended } = runPack(pack);
  await ended;
  v8.setFlagsFromString('--flush-bytecode');
  writeFileSync(path.join(folder, 'proxy.code'), script.createCachedData());
}

function packLater(folder) {
  setTimeout(() => {
    const writer = spawn(process.execPath, [...process.execArgv, WRITER, folder], { detached: true, stdio: 'ignore' });
    // Whoever cannot start a process can do without a pack.
    writer.on('error', () => undefined);
    writer.unref();
  }, PACK_AFTER_MS).unref();
}
