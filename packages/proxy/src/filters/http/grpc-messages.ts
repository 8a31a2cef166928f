/** Counts the messages of a gRPC body as it passes (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class GrpcMessageCounter {
  count = 0;
  /** Bytes of the message's head that have come: a flag and four bytes of length. */
  #headBytes = 0;
  #length = 0;
  /** Bytes of the message that are still to come. */
  #left = 0;

  /** Takes a piece, however the body was cut. */
  add(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      if (this.#headBytes > 0) this.#length = this.#length * 256 + bytes[at]!;
      at++;
      if (++this.#headBytes < HEAD_BYTES) continue;
      this.count++;
      this.#left = this.#length;
      this.#headBytes = 0;
      this.#length = 0;
    }
  }
}

const HEAD_BYTES = 5;
