const PIECE_LENGTH = 16_384;
const PIECE_STEPS = 512;

/**
 * Collects output into pieces. A piece is also due after many steps that added nothing, and may then be empty: whoever writes the
 * pieces can let others run between any two.
 */
export class Pieces {
  #text = '';
  #steps = 0;

  add(text: string): void {
    this.#text += text;
  }

  /** Counts one more statistic and says whether a piece is due. */
  step(): boolean {
    this.#steps++;
    return this.#steps >= PIECE_STEPS || this.#text.length >= PIECE_LENGTH;
  }

  /** Hands out what was collected. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    this.#steps = 0;
    return text;
  }
}
