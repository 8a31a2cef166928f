/** A piece of a name that is also the value of a tag: the cluster's name in `cluster.foo.upstream_rq_total`. */
export interface TagPart {
  /** Envoy's name of the tag, as in `envoy.cluster_name`. */
  readonly tag: string;
  readonly value: string;
}

/** A piece of a name; pieces are joined with dots. */
export type NamePart = string | TagPart;

/** A tag and which part of the name it stands for; that part is not in the tag-extracted name. */
export interface PlacedTag extends TagPart {
  readonly start: number;
  readonly end: number;
}

/** A name, or the beginning of one up to and including its last dot, with the tags known from the start. */
export interface StatName {
  readonly text: string;
  readonly tags: readonly PlacedTag[];
}

const NO_TAGS: readonly PlacedTag[] = [];

/** The beginning of the names without any. */
export const ROOT_NAME: StatName = { text: '', tags: NO_TAGS };

/** Replaces what Envoy does not let into names: colons, slashes and NUL, and a dot at either end. */
export function sanitizeName(name: string): string {
  const from = name.startsWith('.') ? 1 : 0;
  const to = name.endsWith('.') && name.length > from ? name.length - 1 : name.length;
  const trimmed = name.slice(from, to);
  return /[:/\0]/.test(trimmed) ? trimmed.replace(/[:/\0]/g, '_') : trimmed;
}

/** Extends the beginning of a name by more pieces. Pieces that are empty after sanitising add nothing. */
export function extendPrefix(prefix: StatName, parts: readonly NamePart[]): StatName {
  let text = prefix.text;
  let tags: PlacedTag[] | undefined;
  for (const part of parts) {
    const value = sanitizeName(typeof part === 'string' ? part : part.value);
    if (value === '') continue;
    const start = text.length;
    text += `${value}.`;
    if (typeof part === 'string') continue;
    tags ??= [...prefix.tags];
    tags.push({ tag: part.tag, value, start, end: text.length });
  }
  return { text, tags: tags ?? prefix.tags };
}

/** The last pieces of a name. A tag at its end takes no dot with it; whoever removes it drops the dot that is left. */
export function createLeafName(parts: readonly NamePart[]): StatName {
  const { text, tags } = extendPrefix(ROOT_NAME, parts);
  const length = Math.max(0, text.length - 1);
  return {
    text: text.slice(0, length),
    tags: tags.length === 0 ? NO_TAGS : tags.map((tag) => ({ ...tag, end: Math.min(tag.end, length) })),
  };
}

/** Orders names as Envoy does. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
