import type { OriginalDestination } from '../listener/original-destination.ts';

/** What the surroundings of a proxy let it do beyond what Node.js does. */
export interface ProxyAbilities {
  /** Finds where redirected connections were meant to go. */
  readonly originalDestination?: OriginalDestination | undefined;
}

/** Those of a proxy that nobody gave any. */
export const NO_ABILITIES: ProxyAbilities = Object.freeze({});
