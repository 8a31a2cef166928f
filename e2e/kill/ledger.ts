/**
 * What the writers know of their objects: the state that the server has confirmed, and a write that was sent and not
 * answered, which may or may not have happened. Each object has one writer.
 */
import assert from 'node:assert/strict';

/** An object as it is read. */
export interface Seen {
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly value: string;
}

/** What is sent. */
export type Write = { readonly kind: 'put'; readonly value: string } | { readonly kind: 'delete' };

interface Known {
  /** Undefined when it does not exist. */
  readonly confirmed: Seen | undefined;
  readonly pending: Write | undefined;
}

const NOTHING: Known = Object.freeze({ confirmed: undefined, pending: undefined });

/** The objects of all writers. */
export class Ledger {
  /** Name to what is known; a name is written by its writer, and by `settle` while nobody writes. */
  private readonly known = new Map<string, Known>();
  private readonly log: Seen[] = [];
  private count = 0;
  private highest = 0;
  private floor = 0;

  /** Writes that were confirmed so far. */
  get confirmedCount(): number {
    return this.count;
  }

  /** Every state that was ever confirmed. */
  get history(): readonly Seen[] {
    return this.log;
  }

  /** The state that was confirmed last; undefined when the object does not exist. */
  confirmed(name: string): Seen | undefined {
    return this.of(name).confirmed;
  }

  /** A write is on its way. */
  send(name: string, pending: Write): void {
    this.known.set(name, { confirmed: this.confirmed(name), pending });
  }

  /** The object was confirmed to be in a new state. */
  confirmPut(seen: Seen): void {
    const least = Math.max(this.floor, this.confirmed(seen.name)?.revision ?? 0);
    assert.ok(seen.revision > least, `${seen.name} got revision ${seen.revision} after ${least} was shown`);
    this.known.set(seen.name, { confirmed: seen, pending: undefined });
    this.log.push(seen);
    this.count++;
    this.note(seen.revision);
  }

  /** The object was confirmed to be gone. */
  confirmDelete(name: string): void {
    this.known.set(name, NOTHING);
    this.count++;
  }

  /** Somebody was shown this revision. */
  note(revision: number): void {
    this.highest = Math.max(this.highest, revision);
  }

  /** Compares a list of everything with what is known, and takes over what became of the writes without an answer. */
  settle(found: ReadonlyMap<string, Seen>, revision: number): { unanswered: number; happened: number } {
    assert.ok(revision >= this.highest, `the list is at ${revision}, but ${this.highest} was shown before`);
    this.floor = revision;
    for (const name of found.keys()) assert.ok(this.known.has(name), `${name} was never written`);
    const sum = { unanswered: 0, happened: 0 };
    for (const [name, { confirmed, pending }] of this.known) {
      const now = found.get(name);
      if (pending !== undefined) sum.unanswered++;
      if (now?.revision === confirmed?.revision) {
        assert.deepEqual(now, confirmed, `${name} differs from what was confirmed`);
      } else {
        const told = `${name} is ${describe(now)}, confirmed was ${describe(confirmed)}`;
        assert.ok(
          pending !== undefined && isOutcome(pending, confirmed, now),
          `${told}, sent was ${describeWrite(pending)}`,
        );
        sum.happened++;
      }
      this.known.set(name, { confirmed: now, pending: undefined });
    }
    return sum;
  }

  private of(name: string): Known {
    return this.known.get(name) ?? NOTHING;
  }
}

/** Whether a write that was not answered explains what is there now. */
function isOutcome(pending: Write, before: Seen | undefined, now: Seen | undefined): boolean {
  if (pending.kind === 'delete') return now === undefined;
  if (now === undefined || now.value !== pending.value || now.revision <= (before?.revision ?? 0)) return false;
  return before === undefined || before.uid === now.uid;
}

function describe(seen: Seen | undefined): string {
  return seen === undefined ? 'absent' : `at revision ${seen.revision} with ${seen.value.slice(0, 30)}`;
}

function describeWrite(write: Write | undefined): string {
  if (write === undefined) return 'nothing';
  return write.kind === 'delete' ? 'a deletion' : write.value.slice(0, 30);
}
