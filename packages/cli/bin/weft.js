#!/usr/bin/env node
// Starts weft with Node 24 or later: in this process if it is one, else with the binary that npm installed beside us. Plain
// JavaScript that Node 20 can read.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;

/** What is young of the heap of a proxy fits into the cache of a core; with V8's default it would not, and take 30 MB more. */
const PROXY_FLAG = '--max-semi-space-size=2';

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

/** Whether this process has the flags that its command wants; those of whoever started it go first. */
function hasFlags() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  return !isProxy || given.some((flag) => flag.includes(PROXY_FLAG.slice(0, PROXY_FLAG.indexOf('='))));
}

/** Becomes a process with the flags of its command: V8 takes them at its start only. */
function replaceProcess() {
  const args = [
    process.execPath,
    ...process.execArgv,
    PROXY_FLAG,
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ];
  process.execve(process.execPath, args, process.env);
}

function runWith(node) {
  const flags = isProxy ? [PROXY_FLAG] : [];
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
  if (process.execve !== undefined && !hasFlags()) replaceProcess();
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
