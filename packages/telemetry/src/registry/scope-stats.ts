import type { StatName } from '../names/stat-name.ts';
import type { Definition } from './definition.ts';
import type { ScopeView, StatGroup } from './stat-group.ts';

/** A group that a registry can put back to 0. */
export interface LiveGroup extends StatGroup {
  resetCounters(): void;
}

const NO_GROUPS: readonly LiveGroup[] = [];

/** The statistics behind all scopes of one name. Only the registry makes it and counts its holders. */
export class ScopeStats implements ScopeView {
  readonly name: StatName;
  holders = 0;
  /** Statistics that count against the registry's limit. */
  size = 0;
  /** Few and of different definitions; a map would be larger than all else that an idle cluster needs here. */
  #blocks: readonly LiveGroup[] = NO_GROUPS;
  /** Key: kind and last part of the name of a statistic that stands alone. */
  #singles: Map<string, LiveGroup> | undefined;

  constructor(name: StatName) {
    this.name = name;
  }

  findBlock(definition: Definition): LiveGroup | undefined {
    return this.#blocks.find((block) => block.definition === definition);
  }

  addBlock(block: LiveGroup): void {
    this.#blocks = [...this.#blocks, block];
  }

  findSingle(key: string): LiveGroup | undefined {
    return this.#singles?.get(key);
  }

  addSingle(key: string, single: LiveGroup): void {
    this.#singles ??= new Map();
    this.#singles.set(key, single);
  }

  *groups(): Iterable<LiveGroup> {
    yield* this.#blocks;
    if (this.#singles !== undefined) yield* this.#singles.values();
  }
}
