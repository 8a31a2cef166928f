/** The constants of RFC 9113 §4 and §6. */

/** Kinds of frames; PRIORITY_UPDATE is RFC 9218 §7.1. */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
  priorityUpdate: 16,
} as const;

/** Bits of a frame's flags; which ones count depends on the kind. */
export const FrameFlag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** Bytes of every frame's header. */
export const FRAME_HEADER_BYTES = 9;
/** The largest payload everybody must take, and the largest that this side takes or sends. */
export const MAX_FRAME_BYTES = 16_384;
/** Both windows before anybody changes them (§6.9.2). */
export const DEFAULT_WINDOW = 65_535;
/** The largest window (§6.9.1). */
export const MAX_WINDOW = 2 ** 31 - 1;
/** The largest stream id, which a first, graceful GOAWAY names. */
export const MAX_STREAM_ID = 2 ** 31 - 1;

/** What a client sends first (§3.4). */
export const CLIENT_PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Writes a frame header at `at` and returns the offset behind it. */
export function writeFrameHeader(
  out: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  out[at] = length >>> 16;
  out[at + 1] = length >>> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  writeUint32(out, at + 5, streamId);
  return at + FRAME_HEADER_BYTES;
}

/** Writes 32 bits, most significant first. */
export function writeUint32(out: Buffer, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Reads 32 bits without a sign. */
export function readUint32(bytes: Buffer, at: number): number {
  return readUint31(bytes, at) + (bytes[at]! >= 128 ? 2 ** 31 : 0);
}

/** Reads 31 bits: the first one is reserved and ignored. */
export function readUint31(bytes: Buffer, at: number): number {
  return ((bytes[at]! & 127) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
