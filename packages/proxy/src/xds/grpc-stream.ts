/** One bidirectional gRPC stream over a connection of a cluster: messages with their length in front (gRPC over HTTP/2). */
import type { OpenStreamOptions, StreamEvents, XdsStream } from '@weft/xds/client';
import type { ClientStream, ClientStreamHandler, StreamReset } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';

/** The status codes of gRPC that a stream ends with here. */
export const GRPC_CODE = { ok: 0, unknown: 2, resourceExhausted: 8, internal: 13, unavailable: 14 } as const;

/** A byte that says whether the message is compressed, and its length. */
const PREFIX_BYTES = 5;

/** See the file's head. */
export class GrpcStream implements XdsStream, ClientStreamHandler {
  readonly #options: OpenStreamOptions;
  readonly #events: StreamEvents;
  readonly #onEnd: () => void;
  #stream: ClientStream | undefined;
  /** Sent before there was a connection. */
  #early: Uint8Array[] = [];
  #isEnded = false;
  #isOver = false;
  #prefix = Buffer.alloc(PREFIX_BYTES);
  /** Bytes of the prefix, then of the message, that have come. */
  #have = 0;
  #message: Buffer | undefined;

  /** `onEnd` is called once, however the stream ends. */
  constructor(options: OpenStreamOptions, events: StreamEvents, onEnd: () => void) {
    this.#options = options;
    this.#events = events;
    this.#onEnd = onEnd;
  }

  /** There is a connection; what was to be sent follows the head. */
  begin(stream: ClientStream, head: RequestHead): void {
    this.#stream = stream;
    stream.sendHead(head, false);
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.send(bytes);
    if (this.#isEnded) stream.sendData(EMPTY, 0, 0, true);
    if (early.length > 0) this.#events.onDrain();
  }

  /** There will be no connection. */
  fail(code: number, message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    this.#events.onEnd(code, message);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    if (this.#stream === undefined) {
      this.#early.push(bytes);
      return false;
    }
    const framed = Buffer.allocUnsafe(PREFIX_BYTES + bytes.length);
    framed[0] = 0;
    framed.writeUInt32BE(bytes.length, 1);
    framed.set(bytes, PREFIX_BYTES);
    return this.#stream.sendData(framed, 0, framed.length, false);
  }

  end(): void {
    if (this.#isEnded || this.#isOver) return;
    this.#isEnded = true;
    this.#stream?.sendData(EMPTY, 0, 0, true);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.reset('cancel');
    this.#onEnd();
  }

  // The response.

  onInformational(): void {
    // Nothing in it concerns gRPC.
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.#isOver) return;
    if (head.status !== 200) this.#give(GRPC_CODE.unavailable, `the server answers with status ${head.status}`);
    else if (endStream) this.#finish(head);
    else this.#events.onOpen();
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    let at = start;
    while (at < end && !this.#isOver) at = this.#take(bytes, at, end);
    if (endStream && !this.#isOver) this.fail(GRPC_CODE.unknown, 'the stream ended without a status');
  }

  onTrailers(trailers: FieldList): void {
    this.#finish(trailers);
  }

  onReset({ details }: StreamReset): void {
    this.fail(GRPC_CODE.unavailable, details);
  }

  onDrain(): void {
    if (!this.#isOver) this.#events.onDrain();
  }

  /** Takes bytes of a prefix or of a message; returns where the next begin. */
  #take(bytes: Buffer, at: number, end: number): number {
    const target = this.#message ?? this.#prefix;
    const count = Math.min(target.length - this.#have, end - at);
    bytes.copy(target, this.#have, at, at + count);
    this.#have += count;
    if (this.#have === target.length) this.#complete(target);
    return at + count;
  }

  #complete(target: Buffer): void {
    this.#have = 0;
    if (this.#message === undefined) {
      if (target[0] !== 0) this.#give(GRPC_CODE.internal, 'a message is compressed, which was not offered');
      else this.#begin(target.readUInt32BE(1));
      return;
    }
    this.#message = undefined;
    this.#events.onMessage(target);
  }

  #begin(length: number): void {
    const { maxMessageBytes } = this.#options;
    if (length > maxMessageBytes) {
      this.#give(GRPC_CODE.resourceExhausted, `a message of ${length} bytes is longer than ${maxMessageBytes}`);
    } else if (length === 0) this.#events.onMessage(EMPTY);
    else this.#message = Buffer.alloc(length);
  }

  #finish(fields: FieldList): void {
    const status = fields.get('grpc-status');
    const message = fields.get('grpc-message') ?? '';
    this.fail(status === undefined ? GRPC_CODE.unknown : Number(status), decodeMessage(message));
  }

  /** Ends the stream from this side. */
  #give(code: number, message: string): void {
    this.#stream?.reset('cancel');
    this.fail(code, message);
  }
}

const EMPTY = Buffer.alloc(0);

/** Percent-decodes where that is possible; a status message is for people. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
