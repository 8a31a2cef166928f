/** What must be so for a rule to hold: it is looked up before rules are asked. */

/** A path, or the beginning of one. */
export interface PathNeed {
  readonly text: string;
  readonly isPrefix: boolean;
}

/** One of the names, and one of the paths, that are listed; undefined where the rule may hold for any. */
export interface Needs {
  readonly principals: readonly string[] | undefined;
  readonly paths: readonly PathNeed[] | undefined;
}

/** A rule that may hold for anybody and everything. */
export const NO_NEEDS: Needs = Object.freeze({ principals: undefined, paths: undefined });

/** The needs of rules that all have to hold: each rule's are enough to know, so the shortest lists serve best. */
export function needsOfAll(needs: readonly Needs[]): Needs {
  return {
    principals: shortest(needs.map(({ principals }) => principals)),
    paths: shortest(needs.map(({ paths }) => paths)),
  };
}

/** The needs of rules of which one has to hold: every rule must have some. */
export function needsOfOne(needs: readonly Needs[]): Needs {
  return {
    principals: joined(needs.map(({ principals }) => principals)),
    paths: joined(needs.map(({ paths }) => paths)),
  };
}

function shortest<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  let best: readonly T[] | undefined;
  for (const list of lists) if (list !== undefined && (best === undefined || list.length < best.length)) best = list;
  return best;
}

function joined<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  const all: T[] = [];
  for (const list of lists) {
    if (list === undefined) return undefined;
    all.push(...list);
  }
  return all;
}
