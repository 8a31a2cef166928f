/**
 * What the processes before this one have counted. It is added by name to what this one counts when somebody reads, so that counters go on where
 * they were; the names may be grouped in another way by then, as the program may be another version.
 */
import { type Definition, isUsed, type StatGroup, type StatsView } from '@weft/telemetry';

/** Counters that were ever written: the beginning of the name, the end, and the value. */
export type CounterList = ReadonlyArray<readonly [scope: string, name: string, value: number]>;

/** The counters of a view. */
export function takeCounters({ scopes }: StatsView): CounterList {
  const list: (readonly [string, string, number])[] = [];
  for (const scope of scopes) {
    for (const group of scope.groups()) {
      for (const { name, slot } of group.definition.counters) {
        const value = group.numberAt(slot);
        if (isUsed(value)) list.push([scope.name.text, name.text, value]);
      }
    }
  }
  return list;
}

/** See the file's head. */
export class InheritedCounters {
  /** Key: beginning and end of the name. Written by `take` and `reset`. */
  #values = new Map<string, Map<string, number>>();
  /** Key: definition; the names of its counters by slot. */
  readonly #names = new WeakMap<Definition, ReadonlyMap<number, string>>();

  /** Takes what those before have counted by now, in the place of what they had before. */
  take(list: CounterList): void {
    this.#values = new Map();
    for (const [scope, name, value] of list) {
      const values = this.#values.get(scope) ?? new Map<string, number>();
      this.#values.set(scope, values.set(name, value));
    }
  }

  /** Forgets everything. */
  reset(): void {
    this.#values = new Map();
  }

  /** A view with what is inherited added to it. */
  over(view: StatsView): StatsView {
    if (this.#values.size === 0) return view;
    const scopes = view.scopes.map((scope) => {
      const values = this.#values.get(scope.name.text);
      if (values === undefined) return scope;
      return { name: scope.name, groups: () => Array.from(scope.groups(), (group) => this.#add(group, values)) };
    });
    return { scopes };
  }

  #add(group: StatGroup, values: ReadonlyMap<string, number>): StatGroup {
    const { definition } = group;
    const names = this.#namesOf(definition);
    return {
      definition,
      numberAt: (slot) => {
        const own = group.numberAt(slot);
        const name = names.get(slot);
        const inherited = name === undefined ? undefined : values.get(name);
        return inherited === undefined ? own : own + inherited;
      },
      textAt: (slot) => group.textAt(slot),
      histogramAt: (slot) => group.histogramAt(slot),
    };
  }

  #namesOf(definition: Definition): ReadonlyMap<number, string> {
    const known = this.#names.get(definition);
    if (known !== undefined) return known;
    const names = new Map(definition.counters.map(({ slot, name }) => [slot, name.text]));
    this.#names.set(definition, names);
    return names;
  }
}
