/** Buffers for output: taken when something is to be sent, given back when the system has it. An idle connection holds none. */

/** Most turns of a connection fit. */
export const OUTPUT_BUFFER_BYTES = 32 * 1024;
/** As much as a read brings: what is only handed on leaves in one write. */
export const LARGE_BUFFER_BYTES = 64 * 1024;
/** As many as there are streams that wait for the end of a turn (see turn.ts), and some. */
const MAX_KEPT = 80;
const MAX_KEPT_LARGE = 16;
/** Making a view costs more than a small copy, and the same lengths come again and again: those of longer output do not. */
const LONGEST_CACHED_VIEW = 4096;
/** Beyond this the lengths do not come again. */
const MOST_CACHED_VIEWS = 64;

/** A buffer with its views. */
export class OutputBuffer {
  readonly bytes: Buffer;
  /** Key: the length. */
  readonly #views = new Map<number, Buffer>();

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** bytes[0, end). */
  view(end: number): Buffer {
    if (end === this.bytes.length) return this.bytes;
    if (end >= LONGEST_CACHED_VIEW) return this.bytes.subarray(0, end);
    return this.#views.get(end) ?? this.#makeView(end);
  }

  #makeView(end: number): Buffer {
    if (this.#views.size === MOST_CACHED_VIEWS) this.#views.clear();
    const view = this.bytes.subarray(0, end);
    this.#views.set(end, view);
    return view;
  }
}

/** Sole writers of both: takeOutputBuffer and giveOutputBuffer. The one used last is the one in the processor's cache. */
const kept: OutputBuffer[] = [];
const keptLarge: OutputBuffer[] = [];

/** A buffer of at least `size` bytes. */
export function takeOutputBuffer(size: number): OutputBuffer {
  if (size > LARGE_BUFFER_BYTES) return new OutputBuffer(size);
  if (size > OUTPUT_BUFFER_BYTES) return keptLarge.pop() ?? new OutputBuffer(LARGE_BUFFER_BYTES);
  return kept.pop() ?? new OutputBuffer(OUTPUT_BUFFER_BYTES);
}

/** Gives a buffer back that nobody reads any more. */
export function giveOutputBuffer(buffer: OutputBuffer): void {
  const { length } = buffer.bytes;
  if (length === OUTPUT_BUFFER_BYTES) {
    if (kept.length < MAX_KEPT) kept.push(buffer);
  } else if (length === LARGE_BUFFER_BYTES && keptLarge.length < MAX_KEPT_LARGE) keptLarge.push(buffer);
}
