/** All listeners of a proxy: how they come up and go down, those of the bootstrap and those that come and go. */
import { type Clock, type Logger, MeshError, type Timer } from '@weft/core';
import type { AddressView, ListenerRuntime } from '@weft/engine';
import type { ListenerDrain } from '../admin/admin-subject.ts';
import type { ActiveListener, ListenerDirectory } from '../listener/active-listener.ts';
import { ListenerTable } from '../listener/listener-table.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';

/** A listener with where it listens, or did until it was closed. */
export interface OpenListener {
  readonly runtime: ListenerRuntime;
  readonly addresses: readonly (SocketAddress | PipeAddress)[];
}

/** What a set of listeners is made of. */
export interface ListenerSetParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly create: (runtime: ListenerRuntime) => ActiveListener;
  /** How long clients of a listener have to leave. */
  readonly drainTimeMs: number;
}

interface Entry {
  readonly active: ActiveListener;
  /** Undefined until it is open. */
  opened: OpenListener | undefined;
}

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

  constructor(parts: ListenerSetParts) {
    this.#parts = parts;
  }

  /** Those that were opened. */
  get opened(): readonly OpenListener[] {
    return [...this.#entries.values()].flatMap(({ opened }) => (opened === undefined ? [] : [opened]));
  }

  at(address: AddressView): ActiveListener | undefined {
    this.#table ??= new ListenerTable([...this.#entries.values()].map(({ active }) => active));
    return this.#table.at(address);
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#all.reduce((count, listener) => count + listener.connectionCount, 0);
  }

  /** Takes a listener in, or another version of one. After the start it is opened at once; what fails then is logged. */
  set(runtime: ListenerRuntime): void {
    const before = this.#entries.get(runtime.name);
    const entry: Entry = { active: this.#parts.create(runtime), opened: undefined };
    this.#entries.set(runtime.name, entry);
    this.#table = undefined;
    if (before !== undefined) this.#retire(before.active);
    if (this.#isStarted) this.#work = this.#work.then(() => this.#openLater(entry));
  }

  /** Takes a listener out. */
  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#table = undefined;
    this.#retire(entry.active);
  }

  /** Opens every listener; with one that cannot be opened, none is. */
  async start(): Promise<void> {
    try {
      for (const entry of this.#entries.values()) await this.#open(entry);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    this.#isStarted = true;
  }

  /** Accepts no more, and asks clients to leave. */
  leave(): void {
    for (const listener of this.#all) {
      listener.stop();
      listener.drain();
    }
  }

  /** Asks the clients to leave of listeners that drain on such an occasion. */
  askToLeave(): void {
    for (const { active } of this.#entries.values()) if (!active.runtime.drainsOnlyOnChange) active.drain();
  }

  /** Drains listeners as somebody wishes. */
  drain({ inboundOnly, isGraceful, skipsExit }: ListenerDrain): void {
    const all = [...this.#entries.values()].map(({ active }) => active);
    const chosen = all.filter(({ runtime }) => !inboundOnly || runtime.trafficDirection === 'inbound');
    const stop = () => {
      for (const listener of chosen) listener.stop();
    };
    for (const listener of chosen) if (isGraceful || skipsExit) listener.drain();
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

  /** The sockets close before those of the next version open: two cannot have one address. */
  #retire(listener: ActiveListener): void {
    this.#former.add(listener);
    listener.stop();
    listener.drain();
    this.#afterDrain(() => {
      this.#former.delete(listener);
      listener.close();
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
    entry.opened = { runtime: active.runtime, addresses: active.addresses };
    this.#table = undefined;
  }

  async #openLater(entry: Entry): Promise<void> {
    // Replaced or removed again before its turn came.
    if (this.#isClosed || this.#entries.get(entry.active.runtime.name) !== entry) return;
    try {
      await this.#open(entry);
      if (this.#isClosed) entry.active.close();
    } catch (thrown: unknown) {
      this.#parts.logger.error('a listener cannot be opened', { listener: entry.active.runtime.name, error: thrown });
    }
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
