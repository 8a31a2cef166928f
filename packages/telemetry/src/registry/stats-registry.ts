import type { Histogram } from '../histogram/histogram.ts';
import { compareText, extendPrefix, type NamePart, ROOT_NAME, type StatName } from '../names/stat-name.ts';
import { type Definition, groupFields, type StatField, sizeOf } from './definition.ts';
import type { Counter } from './handles.ts';
import { Scope, type ScopeHost } from './scope.ts';
import { ScopeStats } from './scope-stats.ts';
import type { ScopeView, StatsView } from './stat-group.ts';

/** How much a registry takes. */
export interface RegistryOptions {
  /** Statistics that exist at the same time. What comes later works for its holder but is not shown. */
  readonly maxStats?: number;
}

const DEFAULT_MAX_STATS = 4_000_000;

/** Different statistics outside of blocks; their definitions are kept and shared. */
const MAX_SINGLE_DEFINITIONS = 10_000;

/** All statistics of a process or worker. */
export class StatsRegistry implements StatsView {
  #maxStats: number;
  /** Key: the text a scope's names begin with. */
  readonly #scopes = new Map<string, ScopeStats>();
  /** Key: kind and name. Thousands of clusters have the same few statistics that stand alone. */
  readonly #singles = new Map<string, Definition>();
  #sorted: readonly ScopeView[] | undefined;
  #queue: Histogram[] = [];
  #size = 0;
  #overflow: Counter | undefined;
  readonly #host: ScopeHost = {
    queue: { push: (histogram) => this.#queue.push(histogram) },
    open: (name) => this.#open(name),
    release: (stats) => this.#release(stats),
    admit: (stats, definition) => this.#admit(stats, definition),
    singleDefinition: (key, create) => this.#singleDefinition(key, create),
  };

  constructor(options: RegistryOptions = {}) {
    this.#maxStats = options.maxStats ?? DEFAULT_MAX_STATS;
  }

  /** How many statistics there are. */
  get size(): number {
    return this.#size;
  }

  /** How many statistics were refused because there were too many. From the first on, `stats.overflow` shows it too. */
  get refused(): number {
    return this.#overflow?.value ?? 0;
  }

  get scopes(): readonly ScopeView[] {
    this.#sorted ??= [...this.#scopes.values()].sort((a, b) => compareText(a.name.text, b.name.text));
    return this.#sorted;
  }

  /** Opens the scope of a name. All scopes of one name have the same statistics, which go when the last of them is closed. */
  scope(...parts: readonly NamePart[]): Scope {
    return this.#open(extendPrefix(ROOT_NAME, parts));
  }

  /** Ends an interval of all histograms; what was recorded since the last time shows from now on. */
  flush(): void {
    const due = this.#queue;
    this.#queue = [];
    for (const histogram of due) if (histogram.flush()) this.#queue.push(histogram);
  }

  /** Puts all counters back to 0. */
  resetCounters(): void {
    for (const stats of this.#scopes.values()) for (const group of stats.groups()) group.resetCounters();
  }

  #open(name: StatName): Scope {
    let stats = this.#scopes.get(name.text);
    if (stats === undefined) {
      stats = new ScopeStats(name);
      this.#scopes.set(name.text, stats);
      this.#sorted = undefined;
    }
    stats.holders++;
    return new Scope(this.#host, stats);
  }

  #release(stats: ScopeStats): void {
    stats.holders--;
    if (stats.holders > 0) return;
    this.#scopes.delete(stats.name.text);
    this.#sorted = undefined;
    this.#size -= stats.size;
    stats.size = 0;
  }

  #admit(stats: ScopeStats, definition: Definition): boolean {
    // A handle asked for after the scope was closed is one that nobody sees.
    if (stats.holders === 0) return true;
    const count = sizeOf(definition);
    if (this.#size + count > this.#maxStats) {
      this.#refuse(count);
      return false;
    }
    this.#size += count;
    stats.size += count;
    return true;
  }

  #refuse(count: number): void {
    if (this.#overflow === undefined) {
      // This one statistic goes beyond the limit.
      this.#maxStats++;
      this.#overflow = this.scope('stats').counter('overflow');
    }
    this.#overflow.add(count);
  }

  #singleDefinition(key: string, create: () => StatField): Definition {
    const known = this.#singles.get(key);
    if (known !== undefined) return known;
    const made = groupFields([create()]);
    if (this.#singles.size < MAX_SINGLE_DEFINITIONS) this.#singles.set(key, made);
    return made;
  }
}
