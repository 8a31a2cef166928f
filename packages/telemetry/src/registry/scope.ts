import type { FlushQueue, Histogram } from '../histogram/histogram.ts';
import { createLeafName, extendPrefix, type NamePart, type StatName } from '../names/stat-name.ts';
import { createField, type Definition, type HistogramUnit, type StatField } from './definition.ts';
import { Counter, Gauge, HistogramStat, TextReadout } from './handles.ts';
import type { LiveGroup, ScopeStats } from './scope-stats.ts';
import { StatBlock } from './stat-block.ts';

/** What a scope needs of its registry. */
export interface ScopeHost {
  readonly queue: FlushQueue;
  open(name: StatName): Scope;
  release(stats: ScopeStats): void;
  /** Counts statistics and says whether there is room for them. */
  admit(stats: ScopeStats, definition: Definition): boolean;
  /** The definition that all statistics of a name and kind share. */
  singleDefinition(key: string, create: () => StatField): Definition;
}

/** Makes statistics whose names begin alike. Handles work on after `close`; only nobody sees them then. */
export class Scope {
  readonly #host: ScopeHost;
  readonly #stats: ScopeStats;
  /** Opened by this one, and not closed yet; few, and none for most scopes. */
  #children: Scope[] | undefined;
  /** The list that has this one in it, of the scope above. */
  #siblings: Scope[] | undefined;
  #isClosed = false;

  /** Use `StatsRegistry.scope` or `child`. */
  constructor(host: ScopeHost, stats: ScopeStats) {
    this.#host = host;
    this.#stats = stats;
  }

  /** What all names begin with. */
  get name(): StatName {
    return this.#stats.name;
  }

  /** Opens a scope below this one. It closes with this one, or earlier. */
  child(...parts: readonly NamePart[]): Scope {
    const child = this.#host.open(extendPrefix(this.#stats.name, parts));
    this.#children ??= [];
    this.#children.push(child);
    child.#siblings = this.#children;
    return child;
  }

  /** The block of a definition; the same one for all who ask. */
  block<D extends Definition>(definition: D): StatBlock<D> {
    const known = this.#stats.findBlock(definition);
    if (known !== undefined) return known as StatBlock<D>;
    const made = new StatBlock(definition, this.#host.queue);
    if (this.#host.admit(this.#stats, definition)) this.#stats.addBlock(made);
    return made;
  }

  /** A counter for which there is no block, such as one whose name is only known when it is needed. */
  counter(...parts: readonly NamePart[]): Counter {
    return this.#single('counter', parts, {}, (definition) => new Counter(definition));
  }

  /** A gauge for which there is no block. */
  gauge(...parts: readonly NamePart[]): Gauge {
    return this.#single('gauge', parts, {}, (definition) => new Gauge(definition));
  }

  /** A gauge for which there is no block, of which every worker reports the same value. */
  sharedGauge(...parts: readonly NamePart[]): Gauge {
    return this.#single('gauge', parts, { merge: 'first' }, (definition) => new Gauge(definition));
  }

  /** A text for which there is no block. */
  text(...parts: readonly NamePart[]): TextReadout {
    return this.#single('text', parts, {}, (definition) => new TextReadout(definition));
  }

  /** A histogram for which there is no block. */
  histogram(unit: HistogramUnit, ...parts: readonly NamePart[]): Histogram {
    const create = (definition: Definition) => new HistogramStat(definition, this.#host.queue);
    return this.#single('histogram', parts, { unit }, create).histogram;
  }

  /** Gives the scope back, with those that it has opened. Their statistics go when nobody else holds scopes of the same names. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#host.release(this.#stats);
    this.#siblings?.splice(this.#siblings.indexOf(this), 1);
    for (const child of [...(this.#children ?? [])]) child.close();
    this.#children = undefined;
  }

  #single<T extends LiveGroup>(
    kind: StatField['kind'],
    parts: readonly NamePart[],
    options: { readonly merge?: StatField['merge']; readonly unit?: HistogramUnit },
    create: (definition: Definition) => T,
  ): T {
    const name = createLeafName(parts);
    // Definitions are shared by key, so which pieces are tags is part of it.
    const tags = name.tags.map(({ tag, start }) => ` ${tag}@${start}`).join('');
    const key = `${kind} ${options.unit ?? options.merge ?? ''} ${name.text}${tags}`;
    const known = this.#stats.findSingle(key);
    if (known !== undefined) return known as T;
    const definition = this.#host.singleDefinition(key, () => createField(kind, name, 0, options));
    const made = create(definition);
    if (this.#host.admit(this.#stats, definition)) this.#stats.addSingle(key, made);
    return made;
  }
}
