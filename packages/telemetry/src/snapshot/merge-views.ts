import { type Cells, mergeCells, NO_CELLS } from '../histogram/cells.ts';
import { compareText, type StatName } from '../names/stat-name.ts';
import type { Definition, StatField } from '../registry/definition.ts';
import {
  type HistogramData,
  isUsed,
  type ScopeView,
  type StatGroup,
  type StatsView,
  UNUSED,
} from '../registry/stat-group.ts';

/**
 * Shows several views as one, where statistics of the same name are added up. Values are looked up when they are asked for. The views
 * must come from the same program: blocks are recognised by what they are made of.
 */
export function mergeViews(views: readonly StatsView[]): StatsView {
  const definitions = new DefinitionTable();
  const byName = new Map<string, ScopeView[]>();
  for (const { scopes } of views) {
    for (const scope of scopes) {
      const same = byName.get(scope.name.text);
      if (same === undefined) byName.set(scope.name.text, [scope]);
      else same.push(scope);
    }
  }
  const scopes = Array.from(byName.values(), (same) => new MergedScope(same, definitions));
  return { scopes: scopes.sort((a, b) => compareText(a.name.text, b.name.text)) };
}

/** A definition that stands for all that are made of the same fields. */
interface SharedDefinition {
  readonly definition: Definition;
  /** Slots of numbers of which one view speaks for all. */
  readonly firstOnly: ReadonlySet<number>;
}

/** Finds definitions with the same fields: each worker has its own copies. */
class DefinitionTable {
  readonly #known = new Map<Definition, SharedDefinition>();
  /** Key: everything that makes up a definition, as text. */
  readonly #bySignature = new Map<string, SharedDefinition>();

  get(definition: Definition): SharedDefinition {
    const known = this.#known.get(definition);
    if (known !== undefined) return known;
    const signature = signatureOf(definition);
    const shared = this.#bySignature.get(signature) ?? share(definition);
    this.#bySignature.set(signature, shared);
    this.#known.set(definition, shared);
    return shared;
  }
}

function share(definition: Definition): SharedDefinition {
  const firstOnly = definition.gauges.filter(({ merge }) => merge === 'first').map(({ slot }) => slot);
  return { definition, firstOnly: new Set(firstOnly) };
}

function signatureOf(definition: Definition): string {
  const describe = ({ kind, slot, merge, unit, name }: StatField) => `${kind} ${slot} ${merge} ${unit} ${name.text}`;
  return [...definition.numbers, ...definition.texts, ...definition.histograms].map(describe).join('\n');
}

class MergedScope implements ScopeView {
  readonly name: StatName;
  readonly #scopes: readonly ScopeView[];
  readonly #definitions: DefinitionTable;

  constructor(scopes: readonly ScopeView[], definitions: DefinitionTable) {
    this.name = scopes[0]!.name;
    this.#scopes = scopes;
    this.#definitions = definitions;
  }

  groups(): Iterable<StatGroup> {
    const groups = new Map<SharedDefinition, StatGroup[]>();
    for (const scope of this.#scopes) {
      for (const group of scope.groups()) {
        const shared = this.#definitions.get(group.definition);
        const same = groups.get(shared);
        if (same === undefined) groups.set(shared, [group]);
        else same.push(group);
      }
    }
    return Array.from(groups, ([shared, same]) => new MergedGroup(shared, same));
  }
}

class MergedGroup implements StatGroup {
  readonly definition: Definition;
  readonly #firstOnly: ReadonlySet<number>;
  readonly #groups: readonly StatGroup[];

  constructor({ definition, firstOnly }: SharedDefinition, groups: readonly StatGroup[]) {
    this.definition = definition;
    this.#firstOnly = firstOnly;
    this.#groups = groups;
  }

  numberAt(slot: number): number {
    if (this.#firstOnly.has(slot)) {
      const values = this.#groups.map((group) => group.numberAt(slot));
      return values.find(isUsed) ?? UNUSED;
    }
    // Two unused numbers add up to an unused one: -0 + -0 is -0.
    let sum = UNUSED;
    for (const group of this.#groups) sum += group.numberAt(slot);
    return sum;
  }

  textAt(slot: number): string | undefined {
    for (const group of this.#groups) {
      const text = group.textAt(slot);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  histogramAt(slot: number): HistogramData | undefined {
    let interval: Cells = NO_CELLS;
    let cumulative: Cells = NO_CELLS;
    let isFound = false;
    for (const group of this.#groups) {
      const data = group.histogramAt(slot);
      if (data === undefined) continue;
      isFound = true;
      interval = mergeCells(interval, data.interval);
      cumulative = mergeCells(cumulative, data.cumulative);
    }
    return isFound ? { interval, cumulative } : undefined;
  }
}
