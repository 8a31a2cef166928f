// Messages on a gRPC stream: a byte that says whether the message is compressed, four of its length, the message (gRPC over HTTP/2,
// "Length-Prefixed-Message").
import { err, ok, type Result } from '@weft/core';
import { type GrpcFailure, grpcCode } from './grpc-status.ts';

/** The bytes in front of a message. */
export const GRPC_PREFIX_BYTES = 5;

/** Fills the bytes in front of a message that is not compressed. */
export function writeGrpcPrefix(frame: Buffer, length: number): void {
  frame[0] = 0;
  frame.writeUInt32BE(length, 1);
}

/** A message with its prefix; copies, so large messages are better made with room in front. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(GRPC_PREFIX_BYTES + message.length);
  writeGrpcPrefix(frame, message.length);
  frame.set(message, GRPC_PREFIX_BYTES);
  return frame;
}

/** Puts messages together from the pieces that come, and refuses a long one at its prefix instead of collecting it. */
export class MessageAssembler {
  readonly #maxBytes: number;
  readonly #prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
  /** Bytes of the prefix, then of the message, that have come. */
  #have = 0;
  #message: Buffer | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream stands between two messages. */
  get isEmpty(): boolean {
    return this.#have === 0 && this.#message === undefined;
  }

  /** Adds a piece and returns the messages that it completed; they do not share memory with the piece. */
  add(piece: Buffer): Result<readonly Buffer[], GrpcFailure> {
    const messages: Buffer[] = [];
    let at = 0;
    while (at < piece.length) {
      if (this.#message === undefined) {
        at += this.#readPrefix(piece, at);
        if (this.#have < GRPC_PREFIX_BYTES) break;
        const failure = this.#begin();
        if (failure !== undefined) return err(failure);
      }
      const message = this.#message!;
      const taken = piece.copy(message, this.#have, at);
      this.#have += taken;
      at += taken;
      if (this.#have < message.length) break;
      messages.push(message);
      this.#message = undefined;
      this.#have = 0;
    }
    return ok(messages);
  }

  #readPrefix(piece: Buffer, at: number): number {
    const taken = piece.copy(this.#prefix, this.#have, at, at + GRPC_PREFIX_BYTES - this.#have);
    this.#have += taken;
    return taken;
  }

  #begin(): GrpcFailure | undefined {
    if (this.#prefix[0] !== 0) {
      return { code: grpcCode.unimplemented, message: 'the message is compressed; this server takes identity only' };
    }
    const length = this.#prefix.readUInt32BE(1);
    if (length > this.#maxBytes) {
      const message = `a message of ${length} bytes is larger than the ${this.#maxBytes} that are taken`;
      return { code: grpcCode.resourceExhausted, message };
    }
    this.#message = Buffer.allocUnsafe(length);
    this.#have = 0;
    return undefined;
  }
}
