import type { OriginalDestination } from '../listener/original-destination.ts';
import { libcGetSocketOption } from '../transport/libc.ts';
import { redirectedFrom } from '../transport/redirected-from.ts';

/** What the surroundings of a proxy let it do beyond what Node.js does. */
export interface ProxyAbilities {
  /** Finds where redirected connections were meant to go. */
  readonly originalDestination?: OriginalDestination | undefined;
}

/** Those of a proxy that nobody gave any. */
export const NO_ABILITIES: ProxyAbilities = Object.freeze({});

/** Those that this Node.js has. Nothing is loaded before it is asked for: Node warns of what is experimental. */
export function processAbilities(): ProxyAbilities {
  let found: { readonly originalDestination: OriginalDestination | undefined } | undefined;
  return {
    get originalDestination() {
      if (found === undefined) {
        const getSocketOption = libcGetSocketOption();
        found = { originalDestination: getSocketOption && redirectedFrom(getSocketOption) };
      }
      return found.originalDestination;
    },
  };
}
