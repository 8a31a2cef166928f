/** One direction of a stream through its filters. */
import { FilterStatus, type HttpFilter } from '../../filters/http/filter.ts';
import type { FieldList } from '../head.ts';

/** Where what has passed all filters goes, and what the pipeline asks of its stream. */
export interface PipelineEnd<H extends FieldList> {
  onHead(head: H, endStream: boolean): void;
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onTrailers(trailers: FieldList): void;
  /** Somebody on the way has enough: stop the source, or let it go on. */
  onPause(isPaused: boolean): void;
  /** What waits is beyond its bound. */
  onOverflow(): void;
}

/** The hooks of one direction. */
export interface Hooks<H extends FieldList> {
  head(filter: HttpFilter, head: H, endStream: boolean): FilterStatus;
  data(filter: HttpFilter, bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus;
  trailers(filter: HttpFilter, trailers: FieldList): FilterStatus;
  /** What is behind the filter takes data again. */
  drain(filter: HttpFilter): void;
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
  /** What is behind the last filter takes no more for now. */
  #isEndBlocked = false;
  /** Filters that have enough for now; undefined until there was one. */
  #pausing: HttpFilter[] | undefined;
  #isPaused = false;
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

  /** Whether the source should send nothing for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What is behind the last filter takes no more, or takes data again. */
  block(isBlocked: boolean): void {
    if (this.#isOver || this.#isEndBlocked === isBlocked) return;
    this.#isEndBlocked = isBlocked;
    if (isBlocked) this.#tellSource();
    else this.#tellFilters();
  }

  /** A filter has enough, or takes data again. */
  pause(filter: HttpFilter, isPaused: boolean): void {
    if (this.#isOver) return;
    this.#pausing ??= [];
    const at = this.#pausing.indexOf(filter);
    if (isPaused === at >= 0) return;
    if (isPaused) {
      this.#pausing.push(filter);
      this.#tellSource();
    } else {
      this.#pausing.splice(at, 1);
      this.#tellFilters();
    }
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

  /** Data from a filter that took it, to those behind it. False: they take no more until the filter's drain hook is called. */
  sendDataFrom(filter: HttpFilter, bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const at = this.#filters.indexOf(filter);
    this.#passData(at + 1, bytes, start, end, endStream);
    return this.#isFreeBehind(at);
  }

  /** Trailers from a filter that took them; they have been retained when they came. */
  sendTrailersFrom(filter: HttpFilter, trailers: FieldList): void {
    this.#passTrailers(this.#filters.indexOf(filter) + 1, trailers);
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
    this.#held.push(Buffer.from(bytes.subarray(start, end)));
    this.#heldBytes += end - start;
    this.#isHeldLast = endStream;
    this.#tellSource();
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
    if (held.length > 0 && this.#held.length === 0) this.#tellFilters();
  }

  #isFreeBehind(at: number): boolean {
    if (this.#isEndBlocked || (this.#held.length > 0 && this.#stoppedAt > at)) return false;
    return this.#pausing === undefined || !this.#pausing.some((filter) => this.#filters.indexOf(filter) > at);
  }

  /** Somebody takes data again: filters that wait for it go first, from the end, since each may fill up those behind it. */
  #tellFilters(): void {
    for (let at = this.#filters.length - 1; at >= 0 && !this.#isOver; at--) {
      if (this.#isFreeBehind(at)) this.#hooks.drain(this.#filters[at]!);
    }
    this.#tellSource();
  }

  #tellSource(): void {
    const isPaused = this.#isEndBlocked || this.#held.length > 0 || (this.#pausing?.length ?? 0) > 0;
    if (this.#isOver || isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    this.#end.onPause(isPaused);
  }
}
