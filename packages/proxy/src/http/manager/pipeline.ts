/** One direction of a stream through its filters. */
import { FilterStatus, type HttpFilter } from '../../filters/http/filter.ts';
import type { FieldList } from '../head.ts';

/** Where what has passed all filters goes, and what the pipeline asks of its stream. */
export interface PipelineEnd<H extends FieldList> {
  onHead(head: H, endStream: boolean): void;
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onTrailers(trailers: FieldList): void;
  /** More is waiting in front of a filter than it should: stop the source, or let it go on. */
  onPause(isPaused: boolean): void;
  /** What waits is beyond its bound. */
  onOverflow(): void;
}

/** The hooks of one direction. */
export interface Hooks<H extends FieldList> {
  head(filter: HttpFilter, head: H, endStream: boolean): FilterStatus;
  data(filter: HttpFilter, bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus;
  trailers(filter: HttpFilter, trailers: FieldList): FilterStatus;
}

const NOT_STOPPED = -1;

/** See the file's head. The filters are in the order of this direction. */
export class Pipeline<H extends FieldList> {
  readonly #filters: readonly HttpFilter[];
  readonly #hooks: Hooks<H>;
  readonly #end: PipelineEnd<H>;
  readonly #maxHeldBytes: number;
  /** The filter that holds or takes the head, NOT_STOPPED when it has passed them all or is on its way. */
  #stoppedAt = NOT_STOPPED;
  #isTaking = false;
  #head: H | undefined;
  #isHeadLast = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isHeldLast = false;
  #heldTrailers: FieldList | undefined;
  #isOver = false;

  constructor(filters: readonly HttpFilter[], hooks: Hooks<H>, end: PipelineEnd<H>, maxHeldBytes: number) {
    this.#filters = filters;
    this.#hooks = hooks;
    this.#end = end;
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** Nothing passes any more. */
  stop(): void {
    this.#isOver = true;
    this.#held = [];
    this.#heldTrailers = undefined;
  }

  /** Whether a filter holds the head back. */
  get isHeld(): boolean {
    return this.#stoppedAt !== NOT_STOPPED;
  }

  sendHead(head: H, endStream: boolean): void {
    this.#head = head;
    this.#isHeadLast = endStream;
    this.#passHead(0);
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#passData(0, bytes, start, end, endStream);
  }

  sendTrailers(trailers: FieldList): void {
    this.#passTrailers(0, trailers);
  }

  /** Data from a filter that took it, to those behind it. */
  sendDataFrom(filter: HttpFilter, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#passData(this.#filters.indexOf(filter) + 1, bytes, start, end, endStream);
  }

  /** Goes on behind a filter that stopped the head. */
  resume(filter: HttpFilter): void {
    const at = this.#filters.indexOf(filter);
    if (this.#isOver || at !== this.#stoppedAt) return;
    const wasTaking = this.#isTaking;
    this.#stoppedAt = NOT_STOPPED;
    this.#isTaking = false;
    this.#passHead(at + 1);
    if (!wasTaking) this.#passHeld(at);
  }

  #passHead(from: number): void {
    const head = this.#head!;
    for (let at = from; at < this.#filters.length; at++) {
      const status = this.#hooks.head(this.#filters[at]!, head, this.#isHeadLast);
      if (this.#isOver) return;
      if (status === FilterStatus.next) continue;
      this.#stoppedAt = at;
      this.#isTaking = status === FilterStatus.take;
      return;
    }
    this.#end.onHead(head, this.#isHeadLast);
  }

  #passData(from: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    for (let at = from; at < this.#filters.length; at++) {
      if (this.#isOver) return;
      if (at === this.#stoppedAt && !this.#isTaking) {
        this.#hold(bytes, start, end, endStream);
        return;
      }
      if (this.#hooks.data(this.#filters[at]!, bytes, start, end, endStream) !== FilterStatus.next) return;
    }
    if (!this.#isOver) this.#end.onData(bytes, start, end, endStream);
  }

  #passTrailers(from: number, trailers: FieldList): void {
    for (let at = from; at < this.#filters.length; at++) {
      if (this.#isOver) return;
      if (at === this.#stoppedAt && !this.#isTaking) {
        trailers.retain();
        this.#heldTrailers = trailers;
        return;
      }
      if (this.#hooks.trailers(this.#filters[at]!, trailers) !== FilterStatus.next) return;
    }
    if (!this.#isOver) this.#end.onTrailers(trailers);
  }

  #hold(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#held.length === 0) this.#end.onPause(true);
    this.#held.push(Buffer.from(bytes.subarray(start, end)));
    this.#heldBytes += end - start;
    this.#isHeldLast = endStream;
    if (this.#heldBytes > this.#maxHeldBytes) this.#end.onOverflow();
  }

  /** Gives what waited to the filter that held it, and on. */
  #passHeld(at: number): void {
    const held = this.#held;
    const trailers = this.#heldTrailers;
    const isLast = this.#isHeldLast;
    this.#held = [];
    this.#heldBytes = 0;
    this.#isHeldLast = false;
    this.#heldTrailers = undefined;
    held.forEach((bytes, i) => {
      this.#passData(at, bytes, 0, bytes.length, isLast && i === held.length - 1);
    });
    if (trailers !== undefined) this.#passTrailers(at, trailers);
    if (held.length > 0 && this.#held.length === 0 && !this.#isOver) this.#end.onPause(false);
  }
}
