// One process at a time may install or generate. The lock is a file with the owner's pid that the owner touches while it lives; it lies
// outside node_modules, which an install deletes.
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BootstrapError } from './error.mjs';

const HEARTBEAT_MS = 1000;
const STALE_AFTER_MS = 30_000;
const POLL_MS = 200;
const GIVE_UP_AFTER_MS = 15 * 60_000;

/**
 * Runs `work` while holding the lock file; waits for another holder first, and takes over from one that died.
 * @template T
 * @param {string} lockFile
 * @param {() => Promise<T>} work
 * @param {{onWait?: (pid: number) => void, staleAfterMs?: number, giveUpAfterMs?: number}} [options]
 * @returns {Promise<T>}
 */
export async function withLock(lockFile, work, options = {}) {
  await acquire(lockFile, options);
  const heartbeat = setInterval(() => touch(lockFile), HEARTBEAT_MS);
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    release();
  }
}

async function acquire(lockFile, { onWait, staleAfterMs = STALE_AFTER_MS, giveUpAfterMs = GIVE_UP_AFTER_MS }) {
  mkdirSync(path.dirname(lockFile), { recursive: true });
  const startedAt = performance.now();
  let hasReported = false;
  while (!tryCreate(lockFile)) {
    const holder = readHolder(lockFile);
    if (holder !== undefined && isStale(holder, staleAfterMs)) {
      takeAway(lockFile, holder);
      continue;
    }
    if (holder !== undefined && !hasReported) {
      onWait?.(holder.pid);
      hasReported = true;
    }
    if (performance.now() - startedAt > giveUpAfterMs) {
      throw new BootstrapError(
        `another run (pid ${holder?.pid}) holds ${lockFile} for too long; end it or delete the file`,
      );
    }
    await delay(POLL_MS);
  }
}

function tryCreate(lockFile) {
  try {
    const fd = openSync(lockFile, 'wx');
    writeSync(fd, `${process.pid}\n`);
    closeSync(fd);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new BootstrapError(`cannot write ${lockFile}: ${error.message}`);
  }
}

/** The current holder, or undefined when the file went away meanwhile. */
function readHolder(lockFile) {
  try {
    const { mtimeMs, ino } = statSync(lockFile);
    return { pid: Number.parseInt(readFileSync(lockFile, 'utf8'), 10), mtimeMs, ino };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isStale(holder, staleAfterMs) {
  // An empty file is a holder between creating and writing: only its age counts.
  if (Number.isInteger(holder.pid) && !isAlive(holder.pid)) return true;
  return Date.now() - holder.mtimeMs > staleAfterMs;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes a stale lock. Two waiters may try at once: the rename lets only one win, and the inode shows if it took a fresh lock by mistake. */
function takeAway(lockFile, holder) {
  const aside = `${lockFile}.stale-${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (statSync(aside).ino !== holder.ino) renameSync(aside, lockFile);
    else rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function touch(lockFile) {
  try {
    const now = new Date();
    utimesSync(lockFile, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
