import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { systemClock } from '@weft/core';
import type { AccessLogSink } from '@weft/engine';
import { StatsRegistry } from '@weft/telemetry';
import { captureLogger, tempDir } from '@weft/testkit';
import { LogWriters } from '../src/access-log/log-writers.ts';

describe('access log files', () => {
  const folder = tempDir({ after });
  const file = (name: string): AccessLogSink => ({ kind: 'file', path: path.join(folder, name) });
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

  function setUp() {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const captured = captureLogger();
    const scope = new StatsRegistry().scope('filesystem');
    const writers = new LogWriters({ clock: systemClock, logger: captured.logger, scope, streams: { stdout, stderr } });
    return { writers, captured };
  }

  it('are appended to, and followed by new ones when they are moved away', async () => {
    const { writers } = setUp();
    const writer = writers.writerFor(file('a.log'));
    await writers.open();
    writer.write('first é\n');
    await writers.flush();
    writer.write('second\n');
    renameSync(path.join(folder, 'a.log'), path.join(folder, 'a.log.1'));
    writers.reopen();
    writer.write('third\n');
    await writers.close();
    assert.deepEqual([read('a.log.1'), read('a.log')], ['first é\nsecond\n', 'third\n']);

    const again = setUp().writers;
    again.writerFor(file('a.log')).write('fourth\n');
    await again.close();
    assert.equal(read('a.log'), 'third\nfourth\n');
  });

  it('take the lines of several writers whole', async () => {
    const all = [setUp().writers, setUp().writers];
    const line = (who: number, i: number) => `${who} ${i} ${'x'.repeat(i % 200)}\n`;
    for (let i = 0; i < 5000; i += 1)
      for (const [who, writers] of all.entries()) writers.writerFor(file('b.log')).write(line(who, i));
    await Promise.all(all.map((writers) => writers.close()));
    const lines = read('b.log').split(/(?<=\n)/);
    assert.equal(lines.length, 10_000);
    for (const who of [0, 1]) {
      const own = lines.filter((each) => each.startsWith(`${who} `));
      assert.deepEqual(
        own,
        own.map((_each, i) => line(who, i)),
      );
    }
  });

  it('that cannot be opened are named', async () => {
    const { writers } = setUp();
    writers.writerFor({ kind: 'file', path: path.join(folder, 'none', 'c.log') });
    await assert.rejects(writers.open(), /access log file .*c\.log cannot be opened: ENOENT/);
  });

  it('whose folder has gone lose lines, but nothing else', async () => {
    const { writers, captured } = setUp();
    const other = tempDir({ after });
    const sink: AccessLogSink = { kind: 'file', path: path.join(other, 'd.log') };
    writers.writerFor(sink).write('a\n');
    await writers.flush();
    rmSync(other, { recursive: true });
    writers.reopen();
    await writers.flush();
    assert.deepEqual(captured.messages('error'), ['an access log cannot be written']);
    await writers.close();
  });
});

describe('access logs to streams', () => {
  it('write there, by whatever name, and leave the stream open', async () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const scope = new StatsRegistry().scope('filesystem');
    const writers = new LogWriters({
      clock: systemClock,
      logger: captureLogger().logger,
      scope,
      streams: { stdout, stderr },
    });
    writers.writerFor({ kind: 'stdout' }).write('a\n');
    writers.writerFor({ kind: 'file', path: '/dev/stdout' }).write('b\n');
    writers.writerFor({ kind: 'file', path: '/dev/stderr' }).write('c\n');
    await writers.close();
    assert.deepEqual([String(stdout.read()), String(stderr.read())], ['a\nb\n', 'c\n']);
    assert.equal(stdout.writableEnded, false);
  });

  it('whose reader has gone lose lines, but nothing else', async () => {
    const stdout = new PassThrough();
    const captured = captureLogger();
    const scope = new StatsRegistry().scope('filesystem');
    const streams = { stdout, stderr: new PassThrough() };
    const writers = new LogWriters({ clock: systemClock, logger: captured.logger, scope, streams });
    writers.writerFor({ kind: 'stdout' }).write('a\n');
    await writers.flush();
    stdout.destroy(new Error('EPIPE'));
    for (const line of ['b\n', 'c\n']) {
      writers.writerFor({ kind: 'stdout' }).write(line);
      await writers.flush();
    }
    await writers.close();
    assert.deepEqual(captured.messages('error'), ['an access log cannot be written']);
  });
});
