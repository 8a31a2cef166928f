/**
 * One step of a field path, as text: exactly the member name that FieldsV1 uses for it.
 *
 *     f:replicas                                a member
 *     k:{"containerPort":80,"protocol":"TCP"}   the item of a map list with these keys, sorted by name
 *     v:"example.com/finalizer"                 the item of a set
 *     i:3                                       an index; read, but never made
 */

/** A path element in its canonical text. */
export type PathElement = string;

/** A member of an object. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** An item of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${JSON.stringify(value)}`;
}

/** The name of the member that an element names, or undefined for items of lists. */
export function fieldNameOf(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/**
 * Reads an element that somebody else wrote. Undefined for a type of element that does not exist yet: such are dropped,
 * as in Kubernetes. Throws a `SyntaxError` for what is no element at all.
 */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.startsWith('f:')) return text;
  if (text[1] !== ':') throw new SyntaxError(`"${text.slice(0, 100)}" is not a path element`);
  const content = text.slice(2);
  switch (text.charAt(0)) {
    case 'v':
      return `v:${JSON.stringify(JSON.parse(content))}`;
    case 'k':
      return parseKeyElement(content);
    case 'i':
      if (!/^-?\d{1,15}$/.test(content)) throw new SyntaxError(`"${text.slice(0, 100)}" is not an index`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

function parseKeyElement(content: string): PathElement {
  const keys: unknown = JSON.parse(content);
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) {
    throw new SyntaxError(`"k:${content.slice(0, 100)}" is not a list of keys`);
  }
  const fields = Object.entries(keys).sort(([a], [b]) => compareText(a, b));
  return `k:{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** The order in which FieldsV1 lists elements: members, then items by key, by value, by index. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  const rank = RANK[a[0] ?? ''] ?? 0;
  const difference = rank - (RANK[b[0] ?? ''] ?? 0);
  if (difference !== 0) return difference;
  if (rank === RANK['f']) return compareText(a, b);
  if (rank === RANK['k']) return compareKeys(a, b);
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

const RANK: Readonly<Record<string, number>> = { '.': 0, f: 1, k: 2, v: 3, i: 4 };

function compareKeys(a: PathElement, b: PathElement): number {
  const left = Object.entries(JSON.parse(a.slice(2)) as Record<string, unknown>);
  const right = Object.entries(JSON.parse(b.slice(2)) as Record<string, unknown>);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const byName = compareText(left[i]![0], right[i]![0]);
    if (byName !== 0) return byName;
    const byValue = compareValues(left[i]![1], right[i]![1]);
    if (byValue !== 0) return byValue;
  }
  return left.length - right.length;
}

/** Numbers before texts before truth values, each among themselves in their natural order. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const byType = typeRank(a) - typeRank(b);
  return byType !== 0 ? byType : compareText(JSON.stringify(a), JSON.stringify(b));
}

function typeRank(value: unknown): number {
  return ['number', 'string', 'boolean'].indexOf(typeof value) >>> 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The path as conflicts tell it: `.spec.containers[name="web"].image`. */
export function formatFieldPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${content}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(content) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${content}]`;
    default:
      return `[${content}]`;
  }
}
