/** All listeners of a proxy: how they come up and go down. */
import { type Clock, MeshError, type Timer } from '@weft/core';
import type { ListenerDrain } from '../admin/admin-subject.ts';
import type { ActiveListener } from '../listener/active-listener.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';

/** A listener with where it listens, or did until it was closed. */
export interface OpenListener {
  readonly runtime: ActiveListener['runtime'];
  readonly addresses: readonly (SocketAddress | PipeAddress)[];
}

/** See the file's head. */
export class ListenerSet {
  readonly #all: readonly ActiveListener[];
  readonly #clock: Clock;
  readonly #stops = new Set<Timer>();
  #opened: readonly OpenListener[] = [];

  constructor(all: readonly ActiveListener[], clock: Clock) {
    this.#all = all;
    this.#clock = clock;
  }

  /** Those that were opened. */
  get opened(): readonly OpenListener[] {
    return this.#opened;
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#all.reduce((count, listener) => count + listener.connectionCount, 0);
  }

  /** Opens every listener; with one that cannot be opened, none is. */
  async start(): Promise<void> {
    for (const listener of this.#all) {
      try {
        await listener.start();
      } catch (thrown) {
        this.close();
        const { name } = listener.runtime;
        const reason = MeshError.from(thrown).message;
        throw new MeshError('MESH_LISTEN', `listener ${JSON.stringify(name)} cannot be opened: ${reason}`, {
          cause: thrown,
        });
      }
    }
    this.#opened = this.#all.map(({ runtime, addresses }) => ({ runtime, addresses }));
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
    for (const listener of this.#all) if (!listener.runtime.drainsOnlyOnChange) listener.drain();
  }

  /** Drains listeners; those that are drained gracefully close after `drainTimeMs`. */
  drain({ inboundOnly, isGraceful, skipsExit }: ListenerDrain, drainTimeMs: number): void {
    const chosen = this.#all.filter(({ runtime }) => !inboundOnly || runtime.trafficDirection === 'inbound');
    const stop = () => {
      for (const listener of chosen) listener.stop();
    };
    for (const listener of chosen) if (isGraceful || skipsExit) listener.drain();
    if (skipsExit) return;
    if (isGraceful) this.#stopLater(drainTimeMs, stop);
    else stop();
  }

  /** Ends everything. */
  close(): void {
    for (const timer of this.#stops) timer.cancel();
    for (const listener of this.#all) listener.close();
  }

  #stopLater(ms: number, stop: () => void): void {
    const timer = this.#clock.setTimer(ms, () => {
      this.#stops.delete(timer);
      stop();
    });
    timer.unref();
    this.#stops.add(timer);
  }
}
