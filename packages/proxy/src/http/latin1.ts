/**
 * Latin1 text to and from bytes by the methods behind `toString` and `write`, without their looking up of the encoding by name: half
 * the cost for a short string. Node has them on every Buffer, but its type declarations do not.
 */
interface Latin1Buffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** The text of `bytes[start, end)`. */
export function latin1Slice(bytes: Buffer, start: number, end: number): string {
  return start === end ? '' : (bytes as Latin1Buffer).latin1Slice(start, end);
}

/** Writes `text` to `out` at `offset`, where it must fit. */
export function latin1Write(out: Buffer, offset: number, text: string): void {
  (out as Latin1Buffer).latin1Write(text, offset, text.length);
}
