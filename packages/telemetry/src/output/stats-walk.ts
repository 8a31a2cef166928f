import type { Definition, StatField } from '../registry/definition.ts';
import type { ScopeView, StatGroup, StatsView } from '../registry/stat-group.ts';

/** The parts of a listing: texts come first, then counters and gauges together, then histograms. */
export type StatsSection = 'texts' | 'numbers' | 'histograms';

/** Where the walk is in one scope. */
interface Cursor {
  readonly prefix: string;
  readonly stats: readonly SectionStat[];
  at: number;
  name: string;
}

interface SectionStat {
  readonly field: StatField;
  readonly group: StatGroup;
}

/**
 * Goes through all statistics of a section in the order of their names, without ever holding more names than there are scopes inside
 * each other. What a scope has is looked up when the walk gets there.
 */
export class StatsWalk {
  /** The statistic that the walk is at. */
  name = '';
  field!: StatField;
  group!: StatGroup;
  readonly #scopes: readonly ScopeView[];
  readonly #section: StatsSection;
  /** Scopes whose statistics mix in order: `cluster.a.` and `cluster.a.grpc.`, say. */
  readonly #open: Cursor[] = [];
  #next = 0;

  constructor(view: StatsView, section: StatsSection) {
    this.#scopes = view.scopes;
    this.#section = section;
  }

  /** Goes on to the next statistic; false at the end. */
  next(): boolean {
    let least = this.#least();
    while (
      this.#next < this.#scopes.length &&
      (least === undefined || this.#scopes[this.#next]!.name.text <= least.name)
    ) {
      this.#openScope(this.#scopes[this.#next++]!);
      least = this.#least();
    }
    if (least === undefined) return false;
    const stat = least.stats[least.at]!;
    this.name = least.name;
    this.field = stat.field;
    this.group = stat.group;
    this.#advance(least);
    return true;
  }

  #least(): Cursor | undefined {
    let least: Cursor | undefined;
    for (const cursor of this.#open) if (least === undefined || cursor.name < least.name) least = cursor;
    return least;
  }

  #openScope(scope: ScopeView): void {
    const stats = sectionOf(scope, this.#section);
    if (stats.length === 0) return;
    const prefix = scope.name.text;
    this.#open.push({ prefix, stats, at: 0, name: prefix + stats[0]!.field.name.text });
  }

  #advance(cursor: Cursor): void {
    cursor.at++;
    const stat = cursor.stats[cursor.at];
    if (stat === undefined) this.#open.splice(this.#open.indexOf(cursor), 1);
    else cursor.name = cursor.prefix + stat.field.name.text;
  }
}

/** A scope's statistics of a section, ordered by name. */
function sectionOf(scope: ScopeView, section: StatsSection): SectionStat[] {
  const stats: SectionStat[] = [];
  let isSorted = true;
  for (const group of scope.groups()) {
    const fields = fieldsOf(group.definition, section);
    if (fields.length > 0 && stats.length > 0) isSorted = false;
    for (const field of fields) stats.push({ field, group });
  }
  if (!isSorted) stats.sort((a, b) => (a.field.name.text < b.field.name.text ? -1 : 1));
  return stats;
}

function fieldsOf(definition: Definition, section: StatsSection): readonly StatField[] {
  switch (section) {
    case 'texts':
      return definition.texts;
    case 'numbers':
      return definition.numbers;
    case 'histograms':
      return definition.histograms;
  }
}
