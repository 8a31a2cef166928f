import type { HeadScan } from './head-scan.ts';

const FIRST_BYTES = 1024;

/** The bytes of a head that comes in several pieces, in a buffer of its own. */
export class PartialHead {
  bytes: Buffer;
  length: number;
  /** How far the scanner has come. */
  scanned: number;

  /** Takes over an unfinished scan of bytes[scan.start, limit). */
  constructor(scan: HeadScan, bytes: Buffer, limit: number) {
    const { start } = scan;
    this.length = limit - start;
    this.scanned = this.length;
    this.bytes = Buffer.allocUnsafe(Math.max(FIRST_BYTES, this.length * 2));
    bytes.copy(this.bytes, 0, start, limit);
    scan.relocate(0);
  }

  /** Adds a piece and returns the buffer with all of them. */
  append(bytes: Buffer, start: number, end: number): Buffer {
    const needed = this.length + (end - start);
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    bytes.copy(this.bytes, this.length, start, end);
    this.length = needed;
    return this.bytes;
  }
}
