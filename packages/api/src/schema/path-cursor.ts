/** The way to the value that a walk is at. Walks change it in place; it becomes a path only when something is wrong. */
import type { FieldPath } from './path.ts';

/** A stack of names and indexes on top of the path where the walk began. */
export class PathCursor {
  private readonly start: FieldPath;
  private readonly parts: (string | number)[] = [];
  private depth = 0;

  constructor(start: FieldPath) {
    this.start = start;
  }

  /** Goes to a member or an item; every `enter` is followed by a `leave`. */
  enter(part: string | number): void {
    this.parts[this.depth++] = part;
  }

  leave(): void {
    this.depth--;
  }

  /** Where the walk is, as a path that stays. */
  toPath(): FieldPath {
    let path = this.start;
    for (let i = 0; i < this.depth; i++) {
      const part = this.parts[i]!;
      path = typeof part === 'number' ? path.index(part) : path.member(part);
    }
    return path;
  }

  toString(): string {
    return this.toPath().toString();
  }

  member(name: string): FieldPath {
    return this.toPath().member(name);
  }

  index(index: number): FieldPath {
    return this.toPath().index(index);
  }
}
