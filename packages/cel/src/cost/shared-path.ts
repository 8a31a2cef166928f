/**
 * The way from a variable to a part of its value. cel-go keeps paths in slices and extends them in place while there is
 * room, so that a path which was extended twice changes under those who hold the first extension. Estimates of nested
 * comprehensions depend on that, and a verdict must be that of the API server: so paths share their cells here too.
 */
export class SharedPath {
  private readonly cells: string[];
  private readonly capacity: number;
  readonly length: number;

  private constructor(cells: string[], length: number, capacity: number) {
    this.cells = cells;
    this.length = length;
    this.capacity = capacity;
  }

  /** The path of a variable. */
  static of(name: string): SharedPath {
    return new SharedPath([name], 1, 1);
  }

  /** The path with one more part; `undefined` is the empty path. */
  static extend(path: SharedPath | undefined, part: string): SharedPath {
    if (path === undefined) return SharedPath.of(part);
    const hasRoom = path.length < path.capacity;
    const cells = hasRoom ? path.cells : path.cells.slice(0, path.length);
    cells[path.length] = part;
    return new SharedPath(cells, path.length + 1, hasRoom ? path.capacity : path.capacity * 2);
  }

  /** The parts behind the variable, as they are now. */
  parts(): string[] {
    return this.cells.slice(1, this.length);
  }
}
