import type { PlacedTag, TagPart } from '../names/stat-name.ts';
import { DEFAULT_TAG_EXTRACTORS } from './default-tags.ts';
import type { TagExtractor } from './tag-extractor.ts';

/** A name without what its tags say, and the tags. */
export interface TaggedName {
  readonly name: string;
  readonly tags: readonly TagPart[];
}

/** Tags that the last part of a name shows, whatever it begins with. */
const LEAF_TAGS: ReadonlySet<string> = new Set(['envoy.response_code', 'envoy.response_code_class']);

/** Which tags names have. */
export interface TagRulesOptions {
  /** Which of the default tags are looked for, and which of the known ones count; all if missing. */
  readonly defaults?: ReadonlySet<string>;
  /** What the configuration adds. They see the whole name, too. */
  readonly custom?: readonly TagExtractor[];
}

/**
 * Takes tags out of names. A name made of parts with known tags keeps those, even if they have dots in them; in any other, the
 * default tags are looked for as Envoy does, where a tag ends at the next dot.
 */
export class TagRules {
  /** Whether names with known tags have no others than these and those of their last part. */
  readonly isPlain: boolean;
  readonly #knownTags: ReadonlySet<string> | undefined;
  /** For names with known tags. */
  readonly #leaf: readonly TagExtractor[];
  /** For names without. */
  readonly #anyToken: readonly TagExtractor[];
  /** Key: the first token of the names. */
  readonly #byToken: ReadonlyMap<string | undefined, readonly TagExtractor[]>;

  constructor(options: TagRulesOptions = {}) {
    const { defaults, custom = [] } = options;
    const known = DEFAULT_TAG_EXTRACTORS.filter(({ tag }) => defaults?.has(tag) !== false);
    const all = [...known, ...custom];
    this.#knownTags = defaults;
    this.isPlain = custom.length === 0;
    this.#leaf = [...known.filter(({ tag }) => LEAF_TAGS.has(tag)), ...custom];
    this.#anyToken = all.filter(({ firstToken }) => firstToken === undefined);
    this.#byToken = Map.groupBy(
      all.filter(({ firstToken }) => firstToken !== undefined),
      ({ firstToken }) => firstToken,
    );
  }

  /** Takes the tags out of a whole name. */
  extract(name: string, known: readonly PlacedTag[]): TaggedName {
    const found: PlacedTag[] = [];
    const tokens = name.split('.');
    if (known.length > 0) {
      this.#find(this.#leaf, name, tokens, found);
      for (const tag of known.toReversed()) if (this.#knownTags?.has(tag.tag) !== false) addTag(found, tag);
    } else {
      this.#find(this.#anyToken, name, tokens, found);
      const forToken = tokens.length > 1 ? this.#byToken.get(tokens[0]) : undefined;
      if (forToken !== undefined) this.#find(forToken, name, tokens, found);
    }
    return { name: removeParts(name, found), tags: found };
  }

  #find(extractors: readonly TagExtractor[], name: string, tokens: readonly string[], found: PlacedTag[]): void {
    for (const extractor of extractors) {
      const tag = extractor.find(name, tokens);
      if (tag !== undefined) addTag(found, { tag: extractor.tag, ...tag });
    }
  }
}

/** Of several tags of one name, the first counts; what the others stand for stays in the name. */
function addTag(found: PlacedTag[], tag: PlacedTag): void {
  if (!found.some((other) => other.tag === tag.tag)) found.push(tag);
}

/** Parts may overlap. A dot that is left at the end goes too. */
function removeParts(name: string, parts: readonly PlacedTag[]): string {
  let rest = '';
  let at = 0;
  for (const { start, end } of parts.toSorted((a, b) => a.start - b.start)) {
    if (start > at) rest += name.slice(at, start);
    at = Math.max(at, end);
  }
  rest += name.slice(at);
  return rest.endsWith('.') ? rest.slice(0, -1) : rest;
}
