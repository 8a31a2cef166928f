import { type HeaderMutations, NO_MUTATIONS } from '../headers/header-mutations.ts';
import type { ForwardOuter } from './forward-action.ts';

/** What the virtual hosts of a route configuration inherit from it. */
export interface ConfigLevel extends ForwardOuter {
  readonly requestHeaders: readonly HeaderMutations[];
  readonly responseHeaders: readonly HeaderMutations[];
  /** `most_specific_header_mutations_wins`. */
  readonly isMostSpecificLast: boolean;
  readonly ignoresPathParameters: boolean;
  readonly maxDirectResponseBytes: number;
}

/** What the routes of a virtual host inherit from it. */
export interface HostLevel extends ConfigLevel {
  readonly bufferLimitBytes: number | undefined;
}

/** The changes of one level with those of the levels around it, in the order of application. A level without any shares their list. */
export function mutationLevels(
  outer: readonly HeaderMutations[],
  own: HeaderMutations,
  isMostSpecificLast: boolean,
): readonly HeaderMutations[] {
  if (own === NO_MUTATIONS) return outer;
  return Object.freeze(isMostSpecificLast ? [...outer, own] : [own, ...outer]);
}
