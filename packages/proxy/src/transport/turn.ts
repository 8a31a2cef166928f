/**
 * When output leaves. Everything written while a callback of the event loop runs is sent when it returns; streams that ask for batching are sent
 * once all callbacks of the loop's turn have run, or many of them wait.
 */

import { throwLater } from '@weft/core';

/** Something with output that waits. */
export interface Flushable {
  readonly isBatching: boolean;
  flush(): void;
}

/**
 * So many streams wait for the end of the loop's turn, then they are sent without it: a turn may serve a thousand connections, each of which holds a
 * buffer until then, and a batch of this size gains what there is to gain.
 */
const MAX_BATCHED = 64;

/**
 * Both lists are written by this module only. They keep their length and are filled up to a count: an array that is emptied and filled again costs
 * more than what is in it.
 */
const soon: (Flushable | undefined)[] = [];
let soonCount = 0;
let batched: (Flushable | undefined)[] = [];
let batchedSpare: (Flushable | undefined)[] = [];
let batchedCount = 0;
let tasks: (() => void)[] = [];
let depth = 0;
let turn = 0;
let isSoonScheduled = false;
let isBatchScheduled = false;

/** Asks for `stream.flush()` at the right time; call it once until it was called. */
export function flushLater(stream: Flushable): void {
  if (stream.isBatching) {
    batched[batchedCount++] = stream;
    if (isBatchScheduled) return;
    isBatchScheduled = true;
    setImmediate(flushAtTurnsEnd);
    return;
  }
  soon[soonCount++] = stream;
  if (depth > 0 || isSoonScheduled) return;
  isSoonScheduled = true;
  queueMicrotask(flushScheduled);
}

/** Calls `task` once the callback that runs now has returned, before output leaves. */
export function runLater(task: () => void): void {
  tasks.push(task);
  if (depth > 0 || isSoonScheduled) return;
  isSoonScheduled = true;
  queueMicrotask(flushScheduled);
}

/** A callback of the event loop begins: leave() must follow. */
export function enter(): void {
  if (depth++ === 0) turn++;
}

/** A number that is the same as long as one callback of the event loop runs; 0 outside of callbacks. */
export function currentTurn(): number {
  return depth === 0 ? 0 : turn;
}

/** The callback ends. */
export function leave(): void {
  // Whatever is called back while output leaves is still inside: it adds to the lists, and does not send them itself.
  if (depth === 1) {
    flushSoon();
    if (batchedCount >= MAX_BATCHED) {
      flushBatched();
      flushSoon();
    }
  }
  depth--;
}

/** Runs `callback` as a callback of the event loop. What it throws is a bug, which must not keep the others from being sent. */
export function inCallback(callback: () => void): void {
  enter();
  try {
    callback();
  } catch (thrown) {
    throwLater(thrown);
  }
  leave();
}

function flushScheduled(): void {
  isSoonScheduled = false;
  enter();
  leave();
}

function flushSoon(): void {
  while (soonCount > 0 || tasks.length > 0) {
    if (tasks.length > 0) runTasks();
    // What a flush adds is flushed in the same round.
    for (let i = 0; i < soonCount; i++) {
      const stream = soon[i];
      soon[i] = undefined;
      if (stream !== undefined) flush(stream);
    }
    soonCount = 0;
  }
}

function runTasks(): void {
  const now = tasks;
  tasks = [];
  for (const task of now) {
    try {
      task();
    } catch (thrown) {
      throwLater(thrown);
    }
  }
}

function flushAtTurnsEnd(): void {
  isBatchScheduled = false;
  enter();
  flushBatched();
  leave();
}

function flushBatched(): void {
  const streams = batched;
  const count = batchedCount;
  batched = batchedSpare;
  batchedSpare = streams;
  batchedCount = 0;
  for (let i = 0; i < count; i++) {
    const stream = streams[i];
    streams[i] = undefined;
    if (stream !== undefined) flush(stream);
  }
}

/** What it throws is a bug, which must not keep others from being sent. */
function flush(stream: Flushable): void {
  try {
    stream.flush();
  } catch (thrown) {
    throwLater(thrown);
  }
}
