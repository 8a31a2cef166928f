/** Bounds the bytes of all request bodies that are held at one moment, whoever sends them. */
export class BodyBudget {
  private readonly maxBytes: number;
  private held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.held;
  }

  /** Takes room for bytes; false when there is not enough. */
  take(bytes: number): boolean {
    if (this.held + bytes > this.maxBytes) return false;
    this.held += bytes;
    return true;
  }

  /** Gives room back. */
  release(bytes: number): void {
    this.held -= bytes;
  }
}
