import { type HeadLimits, HeadScan } from './head-scan.ts';
import { ScannedRequestHead } from './scanned-request-head.ts';
import { ScannedResponseHead } from './scanned-response-head.ts';

/** Beyond this many unused heads the garbage collector takes them: idle connections hold none. */
const MAX_UNUSED = 256;

/** Heads that serve one message after another; their tables cost more to make than to fill. */
export class HeadPool<T> {
  readonly #create: (pool: HeadPool<T>) => T;
  readonly #unused: T[] = [];

  constructor(create: (pool: HeadPool<T>) => T) {
    this.#create = create;
  }

  take(): T {
    return this.#unused.pop() ?? this.#create(this);
  }

  give(head: T): void {
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
