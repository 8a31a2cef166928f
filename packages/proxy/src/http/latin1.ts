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

/** Texts that come again and again, such as hosts and paths: found by their bytes, they need no new string. A power of two. */
const REMEMBERED = 512;
/** Beyond this the comparison costs what a new string does. */
const LONGEST_REMEMBERED = 64;

interface Remembered {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Key: a few of the bytes. Sole writer: rememberedText. */
const remembered: (Remembered | undefined)[] = Array.from({ length: REMEMBERED });

/** What was asked for last in each place and not found, by its key. */
const candidates = new Int32Array(REMEMBERED);

/** The same as latin1Slice, for what is likely to have been asked for before. */
export function rememberedText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0 || length > LONGEST_REMEMBERED) return latin1Slice(bytes, start, end);
  const mix =
    bytes[end - 1]! + bytes[start + (length >> 1)]! * 7 + bytes[start + ((length * 3) >> 2)]! * 31 + length * 127;
  const place = mix & (REMEMBERED - 1);
  const known = remembered[place];
  if (known !== undefined && isSame(known.bytes, bytes, start, length)) return known.text;
  const text = latin1Slice(bytes, start, end);
  // What came once may never come again: to remember it would cost more than the text.
  if (candidates[place] !== mix) candidates[place] = mix;
  else remembered[place] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), text };
  return text;
}

function isSame(known: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

/** Writes `text` to `out` at `offset`, where it must fit. */
export function latin1Write(out: Buffer, offset: number, text: string): void {
  (out as Latin1Buffer).latin1Write(text, offset, text.length);
}
