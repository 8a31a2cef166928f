import type {
  HeaderMutation_RemoveOnMatch,
  HeaderMutation as MutationMessage,
} from '@weft/proto/envoy/config/common/mutation_rules/v3/mutation_rules';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { supports } from '../compile/support.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import type { StreamView } from '../view/stream-view.ts';
import { applyHeaderLevel, type HeaderTarget } from './apply-mutations.ts';
import {
  compileHeaderMutations,
  type HeaderCompileContext,
  type HeaderMutations,
  isModifiableHeader,
} from './header-mutations.ts';

/** What is supported of header mutations. */
export const MUTATION_STEP_SUPPORT = [
  supports<MutationMessage>('envoy.config.common.mutation_rules.v3.HeaderMutation', {
    action: { remove: true, append: true, removeOnMatch: true },
  }),
  supports<HeaderMutation_RemoveOnMatch>('envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch', {
    keyMatcher: true,
  }),
];

/** One change. Each is applied by itself, in order: it sees what those before it did. */
export type MutationStep = HeaderMutations | MatchingRemoval;

/** Removes every header whose name matches. */
export interface MatchingRemoval {
  readonly removed: StringMatcher;
}

/** Headers whose names can be looked through. */
export interface StepTarget extends HeaderTarget {
  forEach(visit: (name: string, value: string) => void): void;
}

/** Compiles a list of changes; undefined when there was a problem. */
export function compileMutationSteps(
  messages: readonly MutationMessage[],
  path: string,
  context: HeaderCompileContext,
): readonly MutationStep[] | undefined {
  return compileList(messages, path, (message, at) => compileStep(message, at, context));
}

function compileStep(
  { action }: MutationMessage,
  path: string,
  context: HeaderCompileContext,
): MutationStep | undefined {
  switch (action.case) {
    case undefined:
      return isMissing(path, 'remove, append or remove_on_match', context);
    case 'removeOnMatch': {
      const { keyMatcher } = action.value;
      const at = `${path}.remove_on_match`;
      if (keyMatcher === undefined) return isMissing(at, 'key_matcher', context);
      const removed = compileStringMessage(keyMatcher, `${at}.key_matcher`, context);
      return removed && Object.freeze({ removed });
    }
    case 'append':
    case 'remove': {
      const [toAdd, toRemove] = action.case === 'append' ? [[action.value], []] : [[], [action.value]];
      const before = context.problems.count;
      // The lists have one entry: its place is that of the mutation.
      const paths = { add: `${path}.append`, remove: `${path}.remove` };
      const compiled = compileHeaderMutations(toAdd, toRemove, paths, context);
      return context.problems.count === before ? compiled : undefined;
    }
  }
}

/** Makes the changes, in order. */
export function applyMutationSteps(steps: readonly MutationStep[], target: StepTarget, view: StreamView): void {
  for (let i = 0; i < steps.length; i += 1) {
    const step = steps[i]!;
    if ('removed' in step) removeMatching(step.removed, target);
    else applyHeaderLevel(step, target, view);
  }
}

/** What says where a request goes stays: routes have their own, safer ways of changing it. */
function removeMatching(matcher: StringMatcher, target: StepTarget): void {
  const names: string[] = [];
  target.forEach((name) => {
    if (isModifiableHeader(name) && matcher.matches(name)) names.push(name);
  });
  for (const name of names) target.remove(name);
}
