/** A bounded cache by text: the oldest entry makes room for a new one. */
export class TextCache<T> {
  private readonly limit: number;
  /** Key: the text. Written by `get` only. */
  private readonly entries = new Map<string, T>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The cached value of `text`, or the one that `make` returns. What throws is not cached. */
  get(text: string, make: () => T): T {
    const known = this.entries.get(text);
    if (known !== undefined) return known;
    const made = make();
    if (this.entries.size >= this.limit) {
      const oldest = this.entries.keys().next();
      if (oldest.done !== true) this.entries.delete(oldest.value);
    }
    this.entries.set(text, made);
    return made;
  }

  /** How many entries are held. */
  get size(): number {
    return this.entries.size;
  }
}
