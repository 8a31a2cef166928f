/** What is wrong, and where: a path in proto names such as `virtual_hosts[0].routes[1].match.safe_regex`. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** More would not be read by anybody, and the input that causes them may be hostile. */
const DEFAULT_LIMIT = 100;
const MAX_SEGMENT_CHARS = 100;

/** A field name, or an index of a list, or the key of a map behind this mark, which no field name begins with. */
type Segment = string | number;
const KEY_MARK = '"';

/**
 * Collects problems, up to a limit. Who walks a message says where it is with `enter…` and `leave`; that costs next to nothing, since
 * the path is put together only when there is a problem to report.
 */
export class Problems {
  /** What was reported so far, in order. */
  readonly list: Problem[] = [];
  readonly #base: string;
  readonly #limit: number;
  readonly #segments: Segment[] = [];
  #dropped = 0;

  /** All paths begin with `base`; problems beyond `limit` are only counted. */
  constructor(base = '', limit = DEFAULT_LIMIT) {
    this.#base = base;
    this.#limit = limit;
  }

  /** True as long as nothing was reported. */
  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  /** How many problems were reported beyond the limit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** True if further problems are only counted: a costly reason need not be made. */
  get isFull(): boolean {
    return this.list.length >= this.#limit;
  }

  /** How deep the walk is: pass it to `leaveTo` where it may have ended early. */
  get depth(): number {
    return this.#segments.length;
  }

  /** Steps into a field. */
  enter(field: string): void {
    this.#segments.push(field);
  }

  /** Steps into an element of a list. */
  enterIndex(index: number): void {
    this.#segments.push(index);
  }

  /** Steps into a value of a map. */
  enterKey(key: string): void {
    this.#segments.push(KEY_MARK + key);
  }

  /** Steps out of the last field, element or value. */
  leave(): void {
    this.#segments.pop();
  }

  /** Steps out to a depth seen before. */
  leaveTo(depth: number): void {
    this.#segments.length = depth;
  }

  /** Reports a problem with a field of the current place, or with the place itself if `field` is empty. */
  add(field: string, reason: string): void {
    if (this.list.length < this.#limit) this.list.push({ path: this.path(field), reason });
    else this.#dropped++;
  }

  /** The path of a field of the current place, or of the place itself. */
  path(field = ''): string {
    let path = this.#base;
    for (const segment of this.#segments) path = append(path, segment);
    return field === '' ? path : append(path, field);
  }

  /** One line for each problem, and one that says how many there are beyond the limit. */
  toString(): string {
    const lines = this.list.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`));
    if (this.#dropped > 0) lines.push(`and ${this.#dropped} more`);
    return lines.join('\n');
  }
}

function append(path: string, segment: Segment): string {
  if (typeof segment === 'number') return `${path}[${segment}]`;
  // Keys and unknown fields come from the input.
  const short = segment.length > MAX_SEGMENT_CHARS ? `${segment.slice(0, MAX_SEGMENT_CHARS)}…` : segment;
  if (short.startsWith(KEY_MARK)) return `${path}[${JSON.stringify(short.slice(1))}]`;
  return path === '' ? short : `${path}.${short}`;
}
