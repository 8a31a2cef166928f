#!/usr/bin/env node
// Starts weft with Node 24 or later: in this process if it is one, else with the binary that npm installed beside us. Plain
// JavaScript that Node 20 can read.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;

/**
 * What a proxy wants of V8. What is young of its heap fits into the cache of a core; with V8's default it would not, and take 30 MB more. Maglev, the
 * compiler in the middle, leaves 25 MB of holes behind, and makes code that the last one soon replaces. Garbage may make up a few megabytes where it
 * might be more than is alive: with many requests under way what they leave gets old before it is collected. One thread beside the loop compiles and
 * collects: each of four would keep memory of its own. The way of a request is many small functions: the compiler may put more of them into one than
 * it would by itself, which is a tenth of what they cost.
 */
const PROXY_FLAGS = [
  '--max-semi-space-size=2',
  '--no-maglev',
  '--heap-growing-percent=15',
  '--v8-pool-size=1',
  '--max-inlined-bytecode-size-cumulative=4000',
  '--min-inlining-frequency=0.01',
];

const isProxy = process.argv[2] === 'proxy';

/** In the user's own cache folder: code in a folder that others can write to would be theirs. */
function cacheDir(name) {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'weft', name);
}

function findBundledNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw error;
  }
}

/** The flags that the command wants and this process does not have; those of whoever started it go first. */
function missingFlags() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return isProxy ? PROXY_FLAGS.filter((flag) => !given.includes(nameOf(flag))) : [];
}

/** What stands between `--` or `--no-` and the value. */
function nameOf(flag) {
  return flag.replace(/^--(?:no-)?/, '').replace(/=.*/, '');
}

/** Becomes a process with the flags of its command: V8 takes them at its start only. */
function replaceProcess(flags) {
  const args = [
    process.execPath,
    ...process.execArgv,
    ...flags,
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ];
  process.execve(process.execPath, args, process.env);
}

function runWith(node) {
  const flags = isProxy ? PROXY_FLAGS : [];
  const child = spawn(node, [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`weft: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 70;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

if (Number.parseInt(process.versions.node, 10) >= REQUIRED_MAJOR) {
  const flags = missingFlags();
  if (process.execve !== undefined && flags.length > 0) replaceProcess(flags);
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE || cacheDir('compile'));
  if (isProxy) {
    const { startProxy } = await import('./start-proxy.js');
    await startProxy(cacheDir('pack'));
  } else await import('../src/process.ts');
} else {
  const node = findBundledNode();
  if (node === undefined) {
    process.stderr.write(
      `weft: needs Node ${REQUIRED_MAJOR} or later; this is Node ${process.versions.node}, and none came with the installation.\n` +
        '  Install one: brew install node@24, or nvm install 24 (also fnm, volta, asdf, mise).\n',
    );
    process.exitCode = 2;
  } else runWith(node);
}
