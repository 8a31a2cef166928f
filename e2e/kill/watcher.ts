/** Follows the collection from one revision, and keeps what it is told. */
import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import type { RawApi } from '../support/raw-api.ts';
import type { Seen } from './ledger.ts';
import { COLLECTION, type ConfigMap, SELECTOR, seenOf } from './objects.ts';

/** One change that a watcher was told of. */
export interface Change extends Seen {
  readonly isDeletion: boolean;
}

/** What a watch has said. */
export interface Story {
  /** The revision that it was asked to go on from. */
  readonly from: number;
  readonly changes: readonly Change[];
  /** The revision of the last change. */
  readonly reached: number;
  /** The server did not know the revision any more. */
  readonly isExpired: boolean;
}

interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ConfigMap & { readonly code?: number };
}

/** A watch that runs until its connection ends. */
export class Watcher {
  private readonly from: number;
  private readonly changes: Change[] = [];
  private isExpired = false;
  private readonly ended: Promise<void>;

  private constructor(from: number, stream: Readable) {
    this.from = from;
    this.ended = this.follow(linesOf(stream));
    // A failure is told to whoever waits for the end.
    this.ended.catch(() => undefined);
  }

  /** Opens a watch of everything after a revision; with a limit the server ends it after so many seconds. */
  static async open(api: RawApi, from: number, limitSeconds?: number): Promise<Watcher> {
    const limit = limitSeconds === undefined ? '' : `&timeoutSeconds=${limitSeconds}`;
    const path = `${COLLECTION}?watch=1&resourceVersion=${from}&labelSelector=${SELECTOR}${limit}`;
    const { status, stream } = await api.open({ method: 'GET', path });
    assert.equal(status, 200, 'a watch is refused in its stream, where clients look for it');
    return new Watcher(from, stream);
  }

  /** Waits for the end of the connection. */
  async finish(): Promise<Story> {
    await this.ended;
    const { from, changes, isExpired } = this;
    return { from, changes, reached: this.reached(), isExpired };
  }

  private async follow(lines: AsyncIterable<string>): Promise<void> {
    for await (const line of lines) {
      const event = JSON.parse(line) as Event;
      if (event.type === 'ERROR') {
        assert.equal(event.object.code, 410, `the watch failed: ${line}`);
        this.isExpired = true;
      } else if (event.type !== 'BOOKMARK') this.take(event);
    }
  }

  private take({ type, object }: Event): void {
    const seen = seenOf(object);
    assert.ok(seen.revision > this.reached(), `a watch went from ${this.reached()} back to ${seen.revision}`);
    this.changes.push({ ...seen, isDeletion: type === 'DELETED' });
  }

  private reached(): number {
    return this.changes.at(-1)?.revision ?? this.from;
  }
}

/** The complete lines of a stream; a connection that is cut ends them. */
async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  let rest = '';
  try {
    for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
}
