// Installs the locked dependencies when they are missing or the lockfile changed since the last install.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './error.mjs';
import { withLock } from './lock.mjs';
import { startProgress } from './progress.mjs';

/** Of a failing command's output, this much of its start and of its end is shown: npm names the cause first and ends with its usage. */
const KEPT_CHARS = 2000;

const stampFile = (root) => path.join(root, 'node_modules', '.weft-install');

/** Identifies what an install would produce: the lockfile and the platform that picks the optional packages. */
function wantedStamp(root) {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Makes node_modules match package-lock.json.
 * @param {string} root
 */
export async function ensureInstalled(root) {
  const stamp = wantedStamp(root);
  if (readText(stampFile(root)) === stamp) return;
  const lockFile = path.join(root, '.cache', 'bootstrap.lock');
  const onWait = (pid) => process.stderr.write(`weft: waiting for another run (pid ${pid}) to finish installing\n`);
  await withLock(
    lockFile,
    async () => {
      if (readText(stampFile(root)) === stamp) return;
      // Somebody may have run npm by hand: a tree that already matches is taken as it is.
      if (!matchesLockfile(root)) await runNpm(root);
      mkdirSync(path.dirname(stampFile(root)), { recursive: true });
      writeFileSync(stampFile(root), stamp);
    },
    { onWait },
  );
}

/**
 * True if npm's own record of the installed tree has every locked package at its version, with workspaces and their commands linked.
 * @param {string} root
 */
export function matchesLockfile(root) {
  const installedText = readText(path.join(root, 'node_modules', '.package-lock.json'));
  if (installedText === undefined) return false;
  const locked = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(locked).every(([where, entry]) => {
    if (where === '') return true;
    if (!where.startsWith('node_modules/')) {
      return Object.keys(entry.bin ?? {}).every((name) => existsSync(path.join(root, 'node_modules', '.bin', name)));
    }
    if (entry.link) return existsSync(path.join(root, where));
    if (installed[where] === undefined) return entry.optional === true && !fitsPlatform(entry);
    return installed[where].version === entry.version && installed[where].integrity === entry.integrity;
  });
}

function fitsPlatform(entry) {
  const allows = (list, value) => list === undefined || list.includes(value);
  // A libc restriction cannot be judged cheaply: such a package may be absent.
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch) && entry.libc === undefined;
}

function npmCommand() {
  // Set by npm for its scripts: the same npm that the user called, independent of PATH.
  const cli = process.env.npm_execpath;
  if (cli !== undefined && path.basename(cli) === 'npm-cli.js' && existsSync(cli)) return [process.execPath, [cli]];
  return ['npm', []];
}

async function runNpm(root) {
  const [command, prefix] = npmCommand();
  const args = [...prefix, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=warn'];
  const progress = startProgress('installing dependencies (npm ci)');
  const { code, output } = await runQuietly(command, args, root).catch((error) => {
    progress.fail();
    if (error.code === 'ENOENT') {
      throw new BootstrapError(
        'npm is not on PATH; install Node 20 or later together with npm and run the command again',
        2,
      );
    }
    throw error;
  });
  if (code === 0) {
    progress.done();
    return;
  }
  progress.fail();
  throw new BootstrapError(`npm ci failed (${code}). It said:\n${output}\n\nRun "npm ci" in ${root} to see it all.`);
}

/** Runs a command, keeping only the start and the end of what it prints. */
export function runQuietly(command, args, cwd, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let head = '';
    let tail = '';
    const keep = (chunk) => {
      const room = KEPT_CHARS - head.length;
      head += chunk.slice(0, room);
      const rest = tail + chunk.slice(Math.max(0, room));
      tail = rest.length > KEPT_CHARS ? `…${rest.slice(-KEPT_CHARS)}` : rest;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output: (head + tail).trimEnd() }));
  });
}
