/**
 * Gathers lines and writes them in large chunks, away from the streams that are logged: writing a line is adding to a text. What cannot be
 * written in time is dropped and counted, never waited for. Errors are counted and told once until writing works again.
 */
import type { Clock, Logger, Timer } from '@weft/core';
import { FILESYSTEM_STAT } from './filesystem-stats.ts';
import type { LogTarget } from './log-target.ts';

/** What a writer is made of. */
export interface LogWriterParts {
  readonly target: LogTarget;
  /** For messages. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By slot of FILESYSTEM_STATS. */
  readonly stats: Float64Array;
  /** Lines wait no longer than this. */
  readonly flushIntervalMs: number;
}

/** Lines are written when there are this many characters of them. */
const FLUSH_LENGTH = 64 * 1024;

/** More characters than this do not wait while a write is under way. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** See the file's head. */
export class LogWriter {
  readonly #target: LogTarget;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stats: Float64Array;
  readonly #flushIntervalMs: number;
  /** Whole lines. */
  #pending = '';
  /** Lines from before a reopening that is to come: they belong to the file that is open. */
  #older = '';
  #timer: Timer | undefined;
  /** The writing under way; it never rejects. */
  #work: Promise<void> | undefined;
  #isReopening = false;
  #isFailing = false;
  #isClosed = false;

  constructor(parts: LogWriterParts) {
    this.#target = parts.target;
    this.#name = parts.name;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#stats = parts.stats;
    this.#flushIntervalMs = parts.flushIntervalMs;
  }

  /** Opens the target; rejects when it cannot be opened. */
  open(): Promise<void> {
    return this.#target.open();
  }

  /** Takes a line with its line break. */
  write(line: string): void {
    const length = this.#pending.length + line.length;
    if (this.#isClosed || length + this.#older.length > MAX_LENGTH) {
      this.#stats[FILESYSTEM_STAT.write_dropped]! += 1;
      return;
    }
    this.#pending += line;
    this.#stats[FILESYSTEM_STAT.write_buffered]! += 1;
    this.#stats[FILESYSTEM_STAT.write_total_buffered]! += line.length;
    if (length >= FLUSH_LENGTH) this.#start();
    else this.#arm();
  }

  /** Opens the path again before anything more is written than there is, as after the file was moved away. */
  reopen(): void {
    if (this.#isClosed) return;
    this.#isReopening = true;
    this.#older += this.#pending;
    this.#pending = '';
    this.#start();
  }

  /** Writes what there is; resolves when it is written, or could not be. */
  async flush(): Promise<void> {
    do {
      this.#start();
      await this.#work;
    } while (this.#pending !== '' || this.#isReopening);
  }

  /** Writes what there is and takes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    this.#timer?.cancel();
    await this.#attempt(() => this.#target.close());
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#flushIntervalMs, () => {
      this.#timer = undefined;
      this.#stats[FILESYSTEM_STAT.flushed_by_timer]! += 1;
      this.#start();
    });
    this.#timer.unref();
  }

  #start(): void {
    if (this.#work !== undefined) return;
    if (this.#pending === '' && !this.#isReopening) return;
    this.#work = this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isReopening) await this.#reopen();
    const text = this.#pending;
    this.#pending = '';
    this.#timer?.cancel();
    this.#timer = undefined;
    if (text !== '') await this.#writeOut(text);
    this.#work = undefined;
    if (this.#pending.length >= FLUSH_LENGTH || this.#isReopening) this.#start();
    else if (this.#pending !== '') this.#arm();
  }

  async #reopen(): Promise<void> {
    const older = this.#older;
    this.#older = '';
    this.#isReopening = false;
    if (older !== '') await this.#writeOut(older);
    if (!(await this.#attempt(() => this.#target.reopen()))) this.#stats[FILESYSTEM_STAT.reopen_failed]! += 1;
  }

  async #writeOut(text: string): Promise<void> {
    const isWritten = await this.#attempt(() => this.#target.write(Buffer.from(text)));
    this.#stats[FILESYSTEM_STAT.write_total_buffered]! -= text.length;
    this.#stats[isWritten ? FILESYSTEM_STAT.write_completed : FILESYSTEM_STAT.write_failed]! += 1;
    if (isWritten) this.#isFailing = false;
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown: unknown) {
      if (!this.#isFailing) this.#logger.error('an access log cannot be written', { log: this.#name, error: thrown });
      this.#isFailing = true;
      return false;
    }
  }
}
