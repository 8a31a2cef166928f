/** The interface of whoever turns names into addresses. */
import type { LookupFamily } from '@weft/engine';

/** One address of a name. */
export interface ResolvedAddress {
  readonly host: string;
  /** How long it holds, in seconds; undefined where the source does not say. */
  readonly ttlS: number | undefined;
}

/** Resolves names for one cluster. */
export interface DnsResolver {
  /** The addresses of a name, in the order of the answer; rejects when it has none or nobody could be asked. */
  resolve(name: string, family: LookupFamily): Promise<readonly ResolvedAddress[]>;
  /** Gives up what is under way. */
  close(): void;
}

/** Asks for addresses of one family; empty or rejected when there are none. */
export type AskFamily = (name: string, family: 4 | 6) => Promise<readonly ResolvedAddress[]>;

/** Asks for the families that a cluster wants, in their order. */
export async function resolveFamilies(
  ask: AskFamily,
  name: string,
  family: LookupFamily,
): Promise<readonly ResolvedAddress[]> {
  switch (family) {
    case 'v4Only':
      return ask(name, 4);
    case 'v6Only':
      return ask(name, 6);
    case 'auto':
      return firstOf(ask, name, [6, 4]);
    case 'v4Preferred':
      return firstOf(ask, name, [4, 6]);
    case 'all':
      return both(ask, name);
  }
}

/** The second family is asked for when the first has nothing. */
async function firstOf(ask: AskFamily, name: string, [first, second]: readonly [4 | 6, 4 | 6]) {
  const found = await ask(name, first).catch(() => []);
  return found.length > 0 ? found : ask(name, second);
}

async function both(ask: AskFamily, name: string): Promise<readonly ResolvedAddress[]> {
  const answers = await Promise.allSettled([ask(name, 6), ask(name, 4)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  // One family that fails is not missed as long as the other has addresses.
  if (found.length === 0 && failed !== undefined) throw failed.reason;
  return found;
}
