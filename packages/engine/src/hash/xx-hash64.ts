/**
 * xxHash64 on 32-bit halves: the hash that Envoy uses for hash policies and for the points of its hash rings. BigInt would allocate for each
 * of the dozens of steps. The specification is the one of the xxHash project (doc/xxhash_spec.md).
 */

/** A 64-bit hash as two unsigned 32-bit numbers. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** The usual seed. */
export const SEED_ZERO: Hash64 = Object.freeze({ high: 0, low: 0 });

const P1: Hash64 = { high: 0x9e3779b1, low: 0x85ebca87 };
const P2: Hash64 = { high: 0xc2b2ae3d, low: 0x27d4eb4f };
const P3: Hash64 = { high: 0x165667b1, low: 0x9e3779f9 };
const P4: Hash64 = { high: 0x85ebca77, low: 0xc2b2ae63 };
const P5: Hash64 = { high: 0x27d4eb2f, low: 0x165667c5 };

/** A 64-bit register; the functions below change it in place, so that a hash allocates four of them once and no more. */
class Register {
  high = 0;
  low = 0;

  set(value: Hash64): void {
    this.high = value.high | 0;
    this.low = value.low | 0;
  }

  add(value: Hash64): void {
    const sum = (this.low >>> 0) + (value.low >>> 0);
    this.high = (this.high + value.high + (sum > 0xffff_ffff ? 1 : 0)) | 0;
    this.low = sum | 0;
  }

  xor(value: Hash64): void {
    this.high ^= value.high;
    this.low ^= value.low;
  }

  multiply(by: Hash64): void {
    const low0 = this.low & 0xffff;
    const low1 = this.low >>> 16;
    const by0 = by.low & 0xffff;
    const by1 = by.low >>> 16;
    const p00 = low0 * by0;
    const p01 = low0 * by1;
    const p10 = low1 * by0;
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const carried = low1 * by1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    this.high = (carried + Math.imul(this.high, by.low) + Math.imul(this.low, by.high)) | 0;
    this.low = (middle << 16) | (p00 & 0xffff);
  }

  /** `bits` is 1 to 31. */
  rotateLeft(bits: number): void {
    const { high, low } = this;
    this.high = (high << bits) | (low >>> (32 - bits));
    this.low = (low << bits) | (high >>> (32 - bits));
  }

  /** Mixes the register with itself shifted right; `bits` is 1 to 32. */
  xorShiftRight(bits: number): void {
    if (bits === 32) {
      this.low ^= this.high;
      return;
    }
    this.low ^= (this.low >>> bits) | (this.high << (32 - bits));
    this.high ^= this.high >>> bits;
  }
}

const lanes = [new Register(), new Register(), new Register(), new Register()] as const;
const hash = new Register();
const word = new Register();

/** The hash of some bytes. */
export function xxHash64(bytes: Uint8Array, length: number = bytes.length, seed: Hash64 = SEED_ZERO): Hash64 {
  let at = 0;
  if (length >= 32) {
    at = hashStripes(bytes, length, seed);
  } else {
    hash.set(seed);
    hash.add(P5);
  }
  hash.add({ high: 0, low: length });
  for (; at + 8 <= length; at += 8) {
    readWord(bytes, at);
    round(word);
    hash.xor(word);
    hash.rotateLeft(27);
    hash.multiply(P1);
    hash.add(P4);
  }
  if (at + 4 <= length) {
    word.high = 0;
    word.low = read32(bytes, at);
    word.multiply(P1);
    hash.xor(word);
    hash.rotateLeft(23);
    hash.multiply(P2);
    hash.add(P3);
    at += 4;
  }
  for (; at < length; at += 1) {
    word.high = 0;
    word.low = bytes[at]!;
    word.multiply(P5);
    hash.xor(word);
    hash.rotateLeft(11);
    hash.multiply(P1);
  }
  return finish();
}

/** Hashes 32 bytes at a time in four lanes; returns where the rest begins. */
function hashStripes(bytes: Uint8Array, length: number, seed: Hash64): number {
  const [a, b, c, d] = lanes;
  for (const lane of lanes) lane.set(seed);
  a.add(P1);
  a.add(P2);
  b.add(P2);
  // Minus P1, written as the addition of its complement.
  d.add({ high: ~P1.high, low: ~P1.low });
  d.add({ high: 0, low: 1 });
  let at = 0;
  for (; at + 32 <= length; at += 32) {
    laneRound(a, bytes, at);
    laneRound(b, bytes, at + 8);
    laneRound(c, bytes, at + 16);
    laneRound(d, bytes, at + 24);
  }
  hash.set({ high: 0, low: 0 });
  for (let i = 0; i < lanes.length; i += 1) {
    word.set(lanes[i]!);
    word.rotateLeft(LANE_ROTATIONS[i]!);
    hash.add(word);
  }
  for (const lane of lanes) {
    word.set(lane);
    round(word);
    hash.xor(word);
    hash.multiply(P1);
    hash.add(P4);
  }
  return at;
}

const LANE_ROTATIONS = [1, 7, 12, 18];

function laneRound(lane: Register, bytes: Uint8Array, at: number): void {
  readWord(bytes, at);
  word.multiply(P2);
  lane.add(word);
  // By 31 bits.
  lane.rotateLeft(31);
  lane.multiply(P1);
}

function round(register: Register): void {
  register.multiply(P2);
  register.rotateLeft(31);
  register.multiply(P1);
}

function finish(): Hash64 {
  // 33 is 32 and 1 more.
  hash.low ^= hash.high >>> 1;
  hash.multiply(P2);
  hash.xorShiftRight(29);
  hash.multiply(P3);
  hash.xorShiftRight(32);
  return { high: hash.high >>> 0, low: hash.low >>> 0 };
}

function readWord(bytes: Uint8Array, at: number): void {
  word.low = read32(bytes, at);
  word.high = read32(bytes, at + 4);
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

const encoder = new TextEncoder();
const SCRATCH_BYTES = 1024;
const scratch = new Uint8Array(SCRATCH_BYTES);

/** The hash of a text: of its bytes where it is a header value (one character for each byte), of its UTF-8 otherwise. */
export function xxHash64Text(text: string, seed: Hash64 = SEED_ZERO): Hash64 {
  const bytes = text.length <= SCRATCH_BYTES ? scratch : new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return xxHash64(encoder.encode(text), undefined, seed);
    bytes[i] = code;
  }
  return xxHash64(bytes, text.length, seed);
}

/** The hash as 16 hexadecimal digits. */
export function formatHash64({ high, low }: Hash64): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
