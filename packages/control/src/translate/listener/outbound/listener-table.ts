/** Which outbound listeners there are, and what becomes of services that want the same address and port. */
import type { Finding, Protocol } from '../../../mesh/model/index.ts';
import { compareText } from '../../../mesh/names/object-ref.ts';
import { findingAt } from '../../finding-at.ts';
import type { Source } from '../../provenance.ts';
import { listenerName } from '../addresses.ts';
import { type ChainPlan, conditionsOf } from './chain-plan.ts';
import type { ListenerKind } from './service-kind.ts';

/** A listener that a port of a service asks for. */
export interface ListenerWish {
  readonly address: string;
  readonly port: number;
  /** Whether it opens a socket, rather than take over what the capturing listener got. */
  readonly isBound: boolean;
  readonly kind: ListenerKind;
  readonly protocol: Protocol;
  readonly chains: readonly ChainPlan[];
  readonly hostname: string;
  /** The port of the service, or the listener of a Sidecar that says the port. */
  readonly source: Source;
  readonly listenerSources: readonly Source[];
}

/** A listener as it will be. */
export interface ListenerPlan {
  readonly address: string;
  readonly port: number;
  readonly isBound: boolean;
  readonly chains: readonly ChainPlan[];
  readonly sources: readonly Source[];
}

interface Entry {
  readonly wish: ListenerWish;
  kind: ListenerKind;
  /** Services of later listeners of the Sidecar are not added any more. */
  isLocked: boolean;
  readonly chains: ChainPlan[];
  /** Conditions of the chains, and who asked for them. */
  readonly takenBy: Map<string, ListenerWish>;
}

/** Protocols whose servers speak first: nothing that waits for the client can share their port. */
const SERVER_FIRST: ReadonlySet<Protocol> = new Set<Protocol>(['MONGO', 'MYSQL']);

/** Collects listeners; the caller adds services oldest first, since the first to ask for something gets it. */
export class ListenerTable {
  readonly #entries = new Map<string, Entry>();
  readonly #findings: Finding[];

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  /** From now on only addresses and ports that nobody has yet are given out. */
  lock(): void {
    for (const entry of this.#entries.values()) entry.isLocked = true;
  }

  /** Whether HTTP of one more service would change nothing: whoever reads HTTP reads that of all services. */
  hasHttp(address: string, port: number): boolean {
    const entry = this.#entries.get(listenerName(address, port));
    return entry !== undefined && (entry.isLocked || entry.kind !== 'tcp');
  }

  /** Adds what a port of a service asks for, as far as it does not collide with what is there. */
  add(wish: ListenerWish): void {
    const key = listenerName(wish.address, wish.port);
    const entry = this.#entries.get(key);
    if (entry === undefined || (entry.kind === 'http' && wish.kind === 'auto' && !entry.isLocked)) {
      this.#entries.set(key, newEntry(wish));
      return;
    }
    if (entry.isLocked) return;
    // Services are told apart by the routes.
    if (wish.kind !== 'tcp' && entry.kind !== 'tcp') return;
    if (this.#isServerFirstClash(entry, wish)) return;
    if (entry.kind !== wish.kind) entry.kind = 'auto';
    for (const chain of wish.chains) this.#addChain(entry, chain, wish);
  }

  /** The listeners by name. */
  plans(): readonly ListenerPlan[] {
    return [...this.#entries]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([, { wish, chains }]) => {
        const { address, port, isBound, listenerSources } = wish;
        return { address, port, isBound, chains, sources: listenerSources };
      });
  }

  #addChain(entry: Entry, chain: ChainPlan, wish: ListenerWish): void {
    const conditions = conditionsOf(chain);
    const owner = entry.takenBy.get(conditions);
    if (owner === undefined) {
      entry.takenBy.set(conditions, wish);
      entry.chains.push(chain);
      return;
    }
    if (owner.hostname !== wish.hostname) this.#report(wish, owner);
  }

  #isServerFirstClash(entry: Entry, wish: ListenerWish): boolean {
    const { protocol } = entry.wish;
    if (protocol === wish.protocol || !(SERVER_FIRST.has(protocol) || SERVER_FIRST.has(wish.protocol))) return false;
    this.#report(wish, entry.wish);
    return true;
  }

  #report({ address, port, source, protocol, hostname }: ListenerWish, owner: ListenerWish): void {
    const message =
      `${protocol} of ${hostname} on ${address}:${port} is taken by ${owner.hostname}, which is older: connections there never reach it; ` +
      'give one of them an address or a port of its own';
    this.#findings.push(findingAt('ListenerConflict', source, '', message));
  }
}

function newEntry(wish: ListenerWish): Entry {
  const takenBy = new Map(wish.chains.map((chain) => [conditionsOf(chain), wish]));
  return { wish, kind: wish.kind, isLocked: false, chains: [...wish.chains], takenBy };
}
