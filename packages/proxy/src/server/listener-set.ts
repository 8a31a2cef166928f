/** All listeners of a proxy: how they come up and go down, those of the bootstrap and those that come and go. */
import { type Clock, type Logger, MeshError, type Timer, thrownMessage } from '@weft/core';
import type { AddressView, FilterChainRuntime, ListenerRuntime } from '@weft/engine';
import type { StatBlock, StatsRegistry } from '@weft/telemetry';
import type { ListenerDrain } from '../admin/admin-subject.ts';
import type { ActiveListener, ListenerDirectory } from '../listener/active-listener.ts';
import { findBindProblem } from '../listener/find-bind-problem.ts';
import { ListenerTable } from '../listener/listener-table.ts';
import type { ListeningSockets } from '../transport/listening-sockets.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { LISTENER_MANAGER_STATS } from './manager-stats.ts';

/** A listener with where it listens, or did until it was closed. */
export interface OpenListener {
  readonly runtime: ListenerRuntime;
  readonly addresses: readonly (SocketAddress | PipeAddress)[];
}

/** What tells whether two versions of a listener differ, and where. */
export interface ListenerPrint {
  /** Of all but the filter chains. */
  readonly frame: string;
  /** Of each filter chain, in order. */
  readonly chains: readonly string[];
  /** Of the default filter chain; empty without one. */
  readonly defaultChain: string;
}

/** How clients are asked to leave: little by little over the drain time, or at once. */
export type DrainStrategy = 'gradual' | 'immediate';

/** What a set of listeners is made of. */
export interface ListenerSetParts {
  readonly clock: Clock;
  readonly stats: StatsRegistry;
  readonly logger: Logger;
  readonly create: (runtime: ListenerRuntime) => ActiveListener;
  readonly sockets: ListeningSockets;
  /** How long clients of a listener have to leave. */
  readonly drainTimeMs: number;
  readonly drainStrategy: DrainStrategy;
}

interface Entry {
  readonly active: ActiveListener;
  /** Undefined for a listener of the bootstrap, which does not change. */
  print: ListenerPrint | undefined;
  /** Undefined until it is open. */
  opened: OpenListener | undefined;
  /** Why it could not be opened, as far as that was tried. */
  problem: string | undefined;
}

/** Of the drain time, with the strategy `gradual`. */
const ASKING_SHARE = 0.9;

/** See the file's head. */
export class ListenerSet implements ListenerDirectory {
  readonly #parts: ListenerSetParts;
  /** Key: name. Written by `set` and `remove`. */
  readonly #entries = new Map<string, Entry>();
  /** Listeners that were replaced or removed, whose clients have been asked to leave. */
  readonly #former = new Set<ActiveListener>();
  readonly #timers = new Set<Timer>();
  /** Made when it is asked for the first time after a change. */
  #table: ListenerTable<ActiveListener> | undefined;
  #isStarted = false;
  #isClosed = false;
  /** What is done to sockets after the start, one after the other; it never rejects. */
  #work: Promise<void> = Promise.resolve();

  readonly #stats: StatBlock<typeof LISTENER_MANAGER_STATS>;

  constructor(parts: ListenerSetParts) {
    this.#parts = parts;
    this.#stats = parts.stats.scope('listener_manager').block(LISTENER_MANAGER_STATS);
  }

  /** Those that were opened. */
  get opened(): readonly OpenListener[] {
    return [...this.#entries.values()].flatMap(({ opened }) => (opened === undefined ? [] : [opened]));
  }

  at(address: AddressView): ActiveListener | undefined {
    this.#table ??= new ListenerTable([...this.#entries.values()].map(({ active }) => active));
    return this.#table.at(address);
  }

  /** Those that could not be opened, and why. */
  get failed(): readonly (readonly [ListenerRuntime, string])[] {
    return [...this.#entries.values()].flatMap(({ active, problem }) =>
      problem === undefined ? [] : [[active.runtime, problem] as const],
    );
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#all.reduce((count, listener) => count + listener.connectionCount, 0);
  }

  /** The runtimes of listeners whose clients have been asked to leave. */
  get draining(): readonly ListenerRuntime[] {
    return [...this.#former].map(({ runtime }) => runtime);
  }

  /**
   * Takes a listener in, or another version of one. Where only filter chains differ, those that stay keep their connections; otherwise the new version
   * takes over the sockets if it listens at the same place, and the clients of the one before are asked to leave. After the start a new one is opened at
   * once; what fails then is logged. Throws what is wrong with it, and changes nothing then.
   */
  set(runtime: ListenerRuntime, print?: ListenerPrint): void {
    const before = this.#entries.get(runtime.name);
    const { at } = LISTENER_MANAGER_STATS;
    try {
      if (before === undefined || !this.#updateInPlace(before, runtime, print)) this.#replace(before, runtime, print);
    } catch (thrown: unknown) {
      this.#stats.inc(at.listener_create_failure);
      throw thrown;
    }
    this.#stats.inc(before === undefined ? at.listener_added : at.listener_modified);
    this.#countListeners();
  }

  /** Why a listener could not be opened; it is counted then. Undefined if it can, or if only trying can tell. */
  findProblem(runtime: ListenerRuntime): string | undefined {
    const own = this.opened.flatMap(({ addresses }) => addresses);
    const problem = findBindProblem(runtime, { own, hasSource: this.#parts.sockets.hasSource });
    if (problem !== undefined) this.#stats.inc(LISTENER_MANAGER_STATS.at.listener_create_failure);
    return problem;
  }

  /** Says how many listeners wait for what they need, for the statistics. */
  setWaiting(count: number): void {
    this.#stats.set(LISTENER_MANAGER_STATS.at.total_listeners_warming, count);
  }

  /** Takes a listener out. */
  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#table = undefined;
    this.#retire(entry.active);
    this.#stats.inc(LISTENER_MANAGER_STATS.at.listener_removed);
    this.#countListeners();
  }

  /** Opens every listener; with one of the bootstrap that cannot be opened, none is. */
  async start(): Promise<void> {
    try {
      for (const entry of this.#entries.values()) {
        if (entry.print === undefined) await this.#open(entry);
        else await this.#openLater(entry);
      }
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    this.#isStarted = true;
    this.#stats.set(LISTENER_MANAGER_STATS.at.workers_started, 1);
  }

  /** Accepts no more, and asks clients to leave: in the manner of the strategy where somebody else serves, and otherwise at once. */
  leave(strategy: DrainStrategy = this.#parts.drainStrategy): void {
    for (const listener of this.#all) {
      listener.stop();
      listener.drain(this.#drainMs(strategy));
    }
  }

  /** Asks the clients to leave of listeners that drain on such an occasion, and those who come as well. */
  askToLeave(): void {
    for (const { active } of this.#entries.values()) if (!active.runtime.drainsOnlyOnChange) active.drain(0);
  }

  /** Asks nobody to leave any more. */
  endAsking(): void {
    for (const { active } of this.#entries.values()) active.endDrain();
  }

  /** Drains listeners as somebody wishes. */
  drain({ inboundOnly, isGraceful, skipsExit }: ListenerDrain): void {
    const all = [...this.#entries.values()].map(({ active }) => active);
    const chosen = all.filter(({ runtime }) => !inboundOnly || runtime.trafficDirection === 'inbound');
    const stop = () => {
      for (const listener of chosen) listener.stop();
    };
    for (const listener of chosen) if (isGraceful || skipsExit) listener.drain(this.#drainMs());
    if (skipsExit) return;
    if (isGraceful) this.#afterDrain(stop);
    else stop();
  }

  /** Ends everything. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    for (const listener of this.#all) listener.close();
  }

  get #all(): readonly ActiveListener[] {
    return [...[...this.#entries.values()].map(({ active }) => active), ...this.#former];
  }

  #replace(before: Entry | undefined, runtime: ListenerRuntime, print: ListenerPrint | undefined): void {
    const entry: Entry = { active: this.#parts.create(runtime), print, opened: undefined, problem: undefined };
    this.#entries.set(runtime.name, entry);
    this.#table = undefined;
    if (before !== undefined) {
      if (entry.active.takeSockets(before.active)) this.#markOpen(entry);
      this.#retire(before.active);
    }
    if (entry.opened === undefined) this.#openSoon(entry);
  }

  #openSoon(entry: Entry): void {
    if (this.#isStarted) this.#work = this.#work.then(() => this.#openLater(entry));
  }

  /** Whether only filter chains differ, and are replaced now. */
  #updateInPlace(entry: Entry, next: ListenerRuntime, print: ListenerPrint | undefined): boolean {
    const { active, print: before } = entry;
    if (before === undefined || print === undefined || before.frame !== print.frame) return false;
    const former = active.replaceChains(next, unchangedChains(active.runtime, before, next, print), this.#drainMs());
    entry.print = print;
    if (entry.opened !== undefined) entry.opened = { ...entry.opened, runtime: next };
    const { at } = LISTENER_MANAGER_STATS;
    this.#stats.inc(at.listener_in_place_updated);
    // One that could not be opened is tried again.
    if (entry.opened === undefined) this.#openSoon(entry);
    else this.#stats.inc(at.listener_create_success);
    if (former.length === 0) return true;
    this.#stats.add(at.total_filter_chains_draining, former.length);
    this.#afterDrain(() => {
      this.#stats.add(at.total_filter_chains_draining, -former.length);
      active.dropChains(former);
    });
    return true;
  }

  #markOpen(entry: Entry): void {
    const { active } = entry;
    entry.opened = { runtime: active.runtime, addresses: active.addresses };
    entry.problem = undefined;
    this.#table = undefined;
    this.#stats.inc(LISTENER_MANAGER_STATS.at.listener_create_success);
  }

  #countListeners(): void {
    const { at } = LISTENER_MANAGER_STATS;
    this.#stats.set(at.total_listeners_active, this.#entries.size);
    this.#stats.set(at.total_listeners_draining, this.#former.size);
  }

  /** The sockets that nobody has taken over close before those of another version open: two cannot have one address. */
  #retire(listener: ActiveListener): void {
    this.#former.add(listener);
    listener.stop();
    listener.drain(this.#drainMs());
    this.#afterDrain(() => {
      this.#former.delete(listener);
      listener.close();
      this.#countListeners();
    });
  }

  async #open(entry: Entry): Promise<void> {
    const { active } = entry;
    try {
      await active.start();
    } catch (thrown) {
      const { name } = active.runtime;
      const reason = MeshError.from(thrown).message;
      throw new MeshError('MESH_LISTEN', `listener ${JSON.stringify(name)} cannot be opened: ${reason}`, {
        cause: thrown,
      });
    }
    this.#markOpen(entry);
  }

  async #openLater(entry: Entry): Promise<void> {
    // Opened, replaced or removed before its turn came.
    if (this.#isClosed || entry.opened !== undefined || this.#entries.get(entry.active.runtime.name) !== entry) return;
    try {
      await this.#open(entry);
      if (this.#isClosed) entry.active.close();
    } catch (thrown: unknown) {
      this.#stats.inc(LISTENER_MANAGER_STATS.at.listener_create_failure);
      entry.problem = thrownMessage(thrown);
      this.#parts.logger.error('a listener cannot be opened', { listener: entry.active.runtime.name, error: thrown });
    }
  }

  /** How long it may take until everybody has been asked to leave: who is asked last needs time to do so. */
  #drainMs(strategy: DrainStrategy = this.#parts.drainStrategy): number {
    return strategy === 'gradual' ? this.#parts.drainTimeMs * ASKING_SHARE : 0;
  }

  #afterDrain(work: () => void): void {
    const timer = this.#parts.clock.setTimer(this.#parts.drainTimeMs, () => {
      this.#timers.delete(timer);
      work();
    });
    timer.unref();
    this.#timers.add(timer);
  }
}

/** Key: a chain of the next version; the chain of the present one that equals it. */
function unchangedChains(
  present: ListenerRuntime,
  before: ListenerPrint,
  next: ListenerRuntime,
  after: ListenerPrint,
): ReadonlyMap<FilterChainRuntime, FilterChainRuntime> {
  const known = new Map(present.filterChains.map((chain, i) => [before.chains[i], chain]));
  const unchanged = new Map<FilterChainRuntime, FilterChainRuntime>();
  for (const [i, chain] of next.filterChains.entries()) {
    const equal = known.get(after.chains[i]);
    if (equal !== undefined) unchanged.set(chain, equal);
  }
  const { defaultFilterChain: own } = next;
  if (own !== undefined && present.defaultFilterChain !== undefined && before.defaultChain === after.defaultChain) {
    unchanged.set(own, present.defaultFilterChain);
  }
  return unchanged;
}
