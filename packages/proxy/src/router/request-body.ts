import type { BodySender } from '../http/codec.ts';
import type { FieldList } from '../http/head.ts';

/** What has come of a request's body, kept for a connection that is not there yet or for another attempt. */
export class RequestBody {
  readonly #pieces: Buffer[] = [];
  bytes = 0;
  /** The last byte has come. */
  isComplete = false;
  trailers: FieldList | undefined;

  add(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (end > start) this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    this.bytes += end - start;
    this.isComplete ||= isLast;
  }

  /** Everything so far, to an upstream. */
  sendTo(stream: Pick<BodySender, 'sendData' | 'sendTrailers'>): void {
    const { trailers } = this;
    const isLast = this.isComplete && trailers === undefined;
    this.#pieces.forEach((piece, i) => {
      stream.sendData(piece, 0, piece.length, isLast && i === this.#pieces.length - 1);
    });
    if (isLast && this.#pieces.length === 0) stream.sendData(NOTHING, 0, 0, true);
    if (trailers !== undefined) stream.sendTrailers(trailers);
  }
}

const NOTHING = Buffer.alloc(0);
