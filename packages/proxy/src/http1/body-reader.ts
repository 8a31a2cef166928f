import { BodyKind } from './body-framing.ts';
import { ChunkEvent, ChunkedParser } from './chunked.ts';
import { ScannedFields } from './scanned-fields.ts';

/** Takes a body as the reader finds it. */
export interface BodyTarget {
  /** A piece; `isLast` when the body ends with it. May end the reading by reset(). */
  onBody(bytes: Buffer, start: number, end: number, isLast: boolean): void;
  /** The body ended with trailers, or without telling so in its last piece. */
  onBodyEnd(trailers: ScannedFields | undefined): void;
}

/** Reads the body of one message after another. */
export class BodyReader {
  #kind: number = BodyKind.none;
  #remaining = 0;
  #chunked: ChunkedParser | undefined;
  /** Changes with every body, so that a loop notices that its body is over. */
  #turn = 0;
  isDone = true;

  /** Whether the stream's end is the body's end. */
  get endsWithStream(): boolean {
    return this.#kind === BodyKind.untilClose;
  }

  begin(kind: number, length: number): void {
    this.#kind = kind;
    this.#remaining = length;
    this.#turn++;
    this.isDone = kind === BodyKind.none;
    if (kind !== BodyKind.chunked) return;
    this.#chunked ??= new ChunkedParser();
    this.#chunked.reset();
  }

  /** Nothing more is read for this body. */
  stop(): void {
    this.isDone = true;
    this.#turn++;
  }

  /** Reads bytes[start, end). Returns where the body ended or `end`; negative for a WireError. */
  read(bytes: Buffer, start: number, end: number, target: BodyTarget): number {
    switch (this.#kind) {
      case BodyKind.length: {
        const taken = Math.min(end - start, this.#remaining);
        this.#remaining -= taken;
        this.isDone = this.#remaining === 0;
        target.onBody(bytes, start, start + taken, this.isDone);
        return start + taken;
      }
      case BodyKind.chunked:
        return this.#readChunks(bytes, start, end, target);
      default:
        target.onBody(bytes, start, end, false);
        return end;
    }
  }

  #readChunks(bytes: Buffer, start: number, end: number, target: BodyTarget): number {
    const parser = this.#chunked!;
    const turn = this.#turn;
    let from = start;
    for (;;) {
      const event = parser.next(bytes, from, end);
      if (event < 0) return event;
      from = parser.position;
      if (event === ChunkEvent.needMore) return end;
      if (event === ChunkEvent.end) {
        this.isDone = true;
        target.onBodyEnd(trailersOf(parser));
        return from;
      }
      target.onBody(bytes, parser.dataStart, parser.dataEnd, false);
      if (turn !== this.#turn) return end;
    }
  }
}

function trailersOf(parser: ChunkedParser): ScannedFields | undefined {
  const { trailers, trailerBytes } = parser;
  if (trailers === undefined || trailerBytes === undefined || trailers.fieldCount === 0) return undefined;
  // They may outlive the next body: the parser makes others.
  parser.trailers = undefined;
  parser.trailerBytes = undefined;
  return new ScannedFields(trailers, trailerBytes);
}
