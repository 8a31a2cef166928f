import { type HeadLimits, HeadScan } from './head-scan.ts';
import { ScannedRequestHead } from './scanned-request-head.ts';
import { ScannedResponseHead } from './scanned-response-head.ts';

/**
 * Beyond this many unused heads the garbage collector takes them; a head has some 3 KB. With fewer than there are requests under way, each request
 * would make tables that outlive the young part of the heap, and the holes that they leave in the process's memory are not given back.
 */
const MAX_UNUSED = 2048;

/** What a pool keeps. */
export interface PooledHead {
  readonly scan: HeadScan;
  /** Whether it waits in the pool. Sole writer: HeadPool. */
  isUnused: boolean;
  isRetained: boolean;
}

/** Heads that serve one message after another; their tables cost more to make than to fill. */
export class HeadPool<T extends PooledHead> {
  readonly #create: (pool: HeadPool<T>) => T;
  readonly #unused: T[] = [];

  constructor(create: (pool: HeadPool<T>) => T) {
    this.#create = create;
  }

  /** How many heads wait. */
  get unusedCount(): number {
    return this.#unused.length;
  }

  take(): T {
    const head = this.#unused.pop() ?? this.#create(this);
    head.isUnused = false;
    head.isRetained = false;
    return head;
  }

  /** Takes a head back that nobody uses any more. */
  give(head: T): void {
    // One head in the hands of two requests would show one client what belongs to another.
    if (head.isUnused) throw new Error('bug: a head was released twice');
    head.isUnused = true;
    if (this.#unused.length < MAX_UNUSED) this.#unused.push(head);
  }
}

/** Heads of requests within these limits. */
export function requestHeadPool(limits: HeadLimits): HeadPool<ScannedRequestHead> {
  return new HeadPool((pool) => new ScannedRequestHead(new HeadScan(limits), (head) => pool.give(head)));
}

/** Heads of responses within these limits. */
export function responseHeadPool(limits: HeadLimits): HeadPool<ScannedResponseHead> {
  return new HeadPool((pool) => new ScannedResponseHead(new HeadScan(limits), (head) => pool.give(head)));
}
