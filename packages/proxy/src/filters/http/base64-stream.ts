/** Base64 of a body that comes in pieces. */

/** Decodes; each group of four characters stands for itself, and a client may end a group with padding in the middle of a body. */
export class Base64Decoder {
  #rest = '';

  /** What is whole of the text so far; undefined when it is no base64. */
  add(bytes: Buffer, start: number, end: number): Buffer | undefined {
    const text = this.#rest + bytes.toString('latin1', start, end);
    const whole = text.length - (text.length % GROUP_CHARS);
    this.#rest = text.slice(whole);
    const groups = text.slice(0, whole);
    if (!BASE64.test(groups)) return undefined;
    // Padding ends a piece of base64: what follows is another one.
    return Buffer.concat((groups.match(PIECE) ?? []).map((piece) => Buffer.from(piece, 'base64')));
  }

  /** Whether nothing is left over. */
  get isWhole(): boolean {
    return this.#rest === '';
  }
}

/** Encodes without padding between the pieces. */
export class Base64Encoder {
  #rest: Buffer = Buffer.alloc(0);

  /** The text of what is whole. */
  add(bytes: Uint8Array): Buffer {
    const all = Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % GROUP_BYTES);
    this.#rest = all.subarray(whole);
    return Buffer.from(all.toString('base64', 0, whole));
  }

  /** The text of what is left. */
  end(): Buffer {
    const text = Buffer.from(this.#rest.toString('base64'));
    this.#rest = Buffer.alloc(0);
    return text;
  }
}

const GROUP_CHARS = 4;
const GROUP_BYTES = 3;
const BASE64 = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*$/;
const PIECE = /[A-Za-z0-9+/]+={0,2}/g;
