import { MeshError } from './errors.ts';

/** The only source of chance: everything that picks, jitters or names at random takes one, so that tests can repeat it. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded), uniform over 53 bits. */
  next(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** A whole number from 0 (included) to `max` (excluded), without bias; `max` is at most 2^53. */
  int(max: number): number;
}

/** `crypto.getRandomValues` refuses to fill more than this at once. */
const MAX_CRYPTO_FILL = 65_536;

/** Small reads share one refill, which makes `next()` some twenty times cheaper than a call into the system each. */
const POOL_BYTES = 4096;
const MAX_POOLED = 64;

abstract class ByteRandom implements Random {
  abstract bytes(count: number): Uint8Array<ArrayBuffer>;
  /** 32 random bits as an unsigned number. */
  protected abstract uint32(): number;

  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  int(max: number): number {
    if (!Number.isSafeInteger(max - 1) || max < 1) {
      throw new MeshError('MESH_INVALID_ARGUMENT', `random bound ${max} is not a whole number from 1 to 2^53`);
    }
    // The last, incomplete multiple of `max` would make small numbers more likely: draws from it are repeated.
    const span = 2 ** 53;
    const limit = span - (span % max);
    for (;;) {
      const value = this.next() * span;
      if (value < limit) return value % max;
    }
  }
}

class SystemRandom extends ByteRandom {
  readonly #pool = new Uint32Array(POOL_BYTES / 4);
  #used = POOL_BYTES / 4;
  readonly #bytePool = new Uint8Array(POOL_BYTES);
  #bytesUsed = POOL_BYTES;

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(checkCount(count));
    if (count <= MAX_POOLED) return this.#fromPool(out);
    for (let at = 0; at < count; at += MAX_CRYPTO_FILL) {
      crypto.getRandomValues(out.subarray(at, Math.min(count, at + MAX_CRYPTO_FILL)));
    }
    return out;
  }

  /** A call of the operating system costs more than the few bytes of an identifier; the pool's are wiped when given out. */
  #fromPool(out: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#bytesUsed + out.length > this.#bytePool.length) {
      crypto.getRandomValues(this.#bytePool);
      this.#bytesUsed = 0;
    }
    const taken = this.#bytePool.subarray(this.#bytesUsed, this.#bytesUsed + out.length);
    this.#bytesUsed += out.length;
    out.set(taken);
    taken.fill(0);
    return out;
  }

  protected uint32(): number {
    if (this.#used === this.#pool.length) {
      crypto.getRandomValues(this.#pool);
      this.#used = 0;
    }
    const value = this.#pool[this.#used] as number;
    // A used word is wiped so that a later memory dump does not tell what was picked.
    this.#pool[this.#used] = 0;
    this.#used += 1;
    return value;
  }
}

/** Small, fast and good enough for tests and simulations; never for keys. The generator is sfc32. */
class SeededRandom extends ByteRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    super();
    const [a, b, c] = mixSeed(String(seed));
    this.#a = a;
    this.#b = b;
    this.#c = c;
    // The first outputs still show the seed's structure; the author of sfc32 advises to drop a dozen.
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(checkCount(count));
    for (let at = 0; at < count; at += 1) out[at] = this.uint32() >>> 24;
    return out;
  }

  protected uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** Three different 32-bit FNV-1a hashes of the seed's text. */
function mixSeed(seed: string): [number, number, number] {
  const hash = (start: number) => {
    let value = start;
    for (let at = 0; at < seed.length; at += 1) value = Math.imul(value ^ seed.charCodeAt(at), 0x01000193);
    return value | 0;
  };
  return [hash(0x811c9dc5), hash(0x2f0b4c27), hash(0x6b43a9b5)];
}

function checkCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new MeshError('MESH_INVALID_ARGUMENT', `random byte count ${count} is not a whole number`);
  }
  return count;
}

/** Cryptographic randomness of the machine. */
export const systemRandom: Random = new SystemRandom();

/** A repeatable source: the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number | string): Random {
  return new SeededRandom(seed);
}
