/** Conditions as access rules combine them: they decide quickly, and say in words why they did not hold when somebody asks. */
import type { MatchView } from '../view/match-view.ts';
import { type Needs, NO_NEEDS, needsOfAll, needsOfOne } from './needs.ts';

/** One condition. */
export interface Rule {
  matches(view: MatchView): boolean;
  /** What is asked, in words. */
  describe(): string;
  /** The part that does not hold, for a view that the rule does not match. */
  whyNot(view: MatchView): string;
  /** Policies are indexed by these. */
  readonly needs: Needs;
}

/** A condition that is not made of others. */
export function leaf(matches: (view: MatchView) => boolean, text: string, needs: Partial<Needs> = NO_NEEDS): Rule {
  return {
    matches,
    describe: () => text,
    whyNot: () => `not ${text}`,
    needs: needs === NO_NEEDS ? NO_NEEDS : { ...NO_NEEDS, ...needs },
  };
}

/** Always holds. */
export const ANY: Rule = leaf(() => true, 'any');

/** Holds when all of several do. */
export function allOf(rules: readonly Rule[]): Rule {
  if (rules.length === 1) return rules[0]!;
  return {
    matches: (view) => {
      for (let i = 0; i < rules.length; i += 1) if (!rules[i]!.matches(view)) return false;
      return true;
    },
    describe: () => `all of (${describeAll(rules)})`,
    whyNot: (view) => rules.find((rule) => !rule.matches(view))?.whyNot(view) ?? '',
    needs: needsOfAll(rules.map(({ needs }) => needs)),
  };
}

/** Holds when one of several does. */
export function oneOf(rules: readonly Rule[]): Rule {
  if (rules.length === 1) return rules[0]!;
  return {
    matches: (view) => {
      for (let i = 0; i < rules.length; i += 1) if (rules[i]!.matches(view)) return true;
      return false;
    },
    describe: () => `one of (${describeAll(rules)})`,
    whyNot: () => `none of (${describeAll(rules)})`,
    needs: needsOfOne(rules.map(({ needs }) => needs)),
  };
}

/** Holds when another does not. */
export function notRule(rule: Rule): Rule {
  return {
    matches: (view) => !rule.matches(view),
    describe: () => `not (${rule.describe()})`,
    whyNot: () => rule.describe(),
    needs: NO_NEEDS,
  };
}

/** A long list tells a reader no more than its beginning. */
const MAX_DESCRIBED = 10;

function describeAll(rules: readonly Rule[]): string {
  const shown = rules.slice(0, MAX_DESCRIBED).map((rule) => rule.describe());
  const more = rules.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
