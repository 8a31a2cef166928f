import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatsRegistry } from '@weft/telemetry';
import { captureLogger, FakeClock } from '@weft/testkit';
import { FILESYSTEM_STAT, FILESYSTEM_STATS } from './filesystem-stats.ts';
import type { LogTarget } from './log-target.ts';
import { LogWriter } from './log-writer.ts';
import { LogWriters } from './log-writers.ts';

/** Remembers chunks; a chunk is written when the test says so. */
class SlowTarget implements LogTarget {
  readonly chunks: string[] = [];
  readonly events: string[] = [];
  failure: Error | undefined;
  isHeld = false;
  #waiting: (() => void)[] = [];

  async open(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    this.events.push('write');
    this.chunks.push(Buffer.from(bytes).toString());
  }

  async reopen(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.events.push('reopen');
  }

  async close(): Promise<void> {
    this.events.push('close');
  }

  release(): void {
    this.isHeld = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function setUp() {
  const clock = new FakeClock();
  const target = new SlowTarget();
  const stats = new StatsRegistry().scope('filesystem').block(FILESYSTEM_STATS).values;
  const { logger, records } = captureLogger();
  const writer = new LogWriter({ target, name: 'file a', clock, logger, stats, flushIntervalMs: 10_000 });
  const count = (name: keyof typeof FILESYSTEM_STAT) => stats[FILESYSTEM_STAT[name]]! + 0;
  return { clock, target, writer, records, count };
}

describe('a log writer', () => {
  it('gathers lines until the interval is over', async () => {
    const { clock, target, writer, count } = setUp();
    writer.write('a\n');
    clock.advance(9999);
    writer.write('b\n');
    assert.deepEqual(target.chunks, []);
    clock.advance(1);
    await writer.flush();
    assert.deepEqual(target.chunks, ['a\nb\n']);
    assert.deepEqual(
      [count('flushed_by_timer'), count('write_buffered'), count('write_completed'), count('write_total_buffered')],
      [1, 2, 1, 0],
    );
    clock.advance(60_000);
    assert.equal(count('flushed_by_timer'), 1, 'an empty buffer is not flushed');
  });

  it('writes at once what fills a chunk, whole lines only', async () => {
    const { target, writer } = setUp();
    const line = `${'x'.repeat(1023)}\n`;
    for (let i = 0; i < 70; i += 1) writer.write(line);
    await writer.flush();
    assert.deepEqual(
      target.chunks.map((chunk) => chunk.length / 1024),
      [64, 6],
    );
  });

  it('drops and counts what a slow target cannot take', async () => {
    const { target, writer, count } = setUp();
    target.isHeld = true;
    const line = `${'x'.repeat(64 * 1024 - 1)}\n`;
    for (let i = 0; i < 200; i += 1) writer.write(line);
    assert.equal(count('write_dropped'), 200 - 128 - 1);
    target.release();
    await writer.flush();
    assert.equal(target.chunks.join('').length, 129 * 64 * 1024);
    assert.equal(count('write_total_buffered'), 0);
    writer.write('again\n');
    await writer.flush();
    assert.equal(target.chunks.at(-1), 'again\n');
  });

  it('counts failures, tells the first of a row and goes on', async () => {
    const { target, writer, records, count } = setUp();
    target.failure = new Error('disk full');
    for (const line of ['a\n', 'b\n']) {
      writer.write(line);
      await writer.flush();
    }
    assert.deepEqual([count('write_failed'), records.length], [2, 1]);
    target.failure = undefined;
    writer.write('c\n');
    await writer.flush();
    assert.deepEqual(target.chunks, ['c\n']);
  });

  it('reopens before it writes what comes after, and counts when it cannot', async () => {
    const { target, writer, count } = setUp();
    target.isHeld = true;
    writer.write('before\n');
    const written = writer.flush();
    writer.write('before too\n');
    writer.reopen();
    writer.write('after\n');
    target.release();
    await written;
    assert.deepEqual(target.events, ['write', 'write', 'reopen', 'write']);
    assert.deepEqual(target.chunks, ['before\n', 'before too\n', 'after\n']);
    target.failure = new Error('no such folder');
    writer.reopen();
    await writer.flush();
    assert.equal(count('reopen_failed'), 1);
  });

  it('writes what waits when it is closed, and takes no more', async () => {
    const { clock, target, writer, count } = setUp();
    writer.write('last\n');
    await writer.close();
    writer.write('too late\n');
    assert.deepEqual([target.chunks, target.events, count('write_dropped')], [['last\n'], ['write', 'close'], 1]);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe('log writers', () => {
  it('share the writer of a path and name what cannot be opened', async () => {
    const target = new SlowTarget();
    const writers = new LogWriters({
      clock: new FakeClock(),
      logger: captureLogger().logger,
      scope: new StatsRegistry().scope('filesystem'),
      streams: process,
      createTarget: () => target,
    });
    const first = writers.writerFor({ kind: 'file', path: '/var/log/a' });
    assert.equal(writers.writerFor({ kind: 'file', path: '/var/log/a' }), first);
    assert.equal(
      writers.writerFor({ kind: 'file', path: '/dev/stdout' }),
      writers.writerFor({ kind: 'stdout' }),
      'the path of a stream is the stream',
    );
    target.failure = new Error('EACCES');
    await assert.rejects(writers.open(), /access log file \/var\/log\/a cannot be opened: EACCES/);
  });
});
