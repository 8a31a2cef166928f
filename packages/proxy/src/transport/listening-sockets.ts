/**
 * The listening sockets of a process, which others may take over: the process that replaces it, and those that work beside it. Whoever takes one
 * gets the socket itself with all who wait to be accepted, and nobody is turned away in between.
 */
import type { ListenOptions, Server } from 'node:net';

/** An address that somebody wants to listen on. */
export interface SocketRequest {
  /** Names the address; the same in every process that has the same configuration. */
  readonly key: string;
  readonly listen: ListenOptions;
  /** Whether several sockets are to share the address. */
  readonly sharesPort: boolean;
}

/** A listening socket that comes from elsewhere, as Node's `listen` takes it. */
export type GivenSocket = object;

/** Gives the sockets of an address; undefined, if they are to be opened. */
export type SocketGiver = (request: SocketRequest) => Promise<readonly GivenSocket[] | undefined>;

/** So many turns of the loop are enough for every queue that ever was full. */
const MAX_TURNS = 1000;

/** See the file's head. */
export class ListeningSockets {
  readonly #giver: SocketGiver | undefined;
  /** Key: that of the request. Written by `add` and `remove`. */
  readonly #open = new Map<string, readonly Server[]>();
  #isHandedOver = false;
  #acceptedCount = 0;

  constructor(giver?: SocketGiver) {
    this.#giver = giver;
  }

  /** What another process has for an address. */
  async take(request: SocketRequest): Promise<readonly GivenSocket[] | undefined> {
    return this.#giver?.(request);
  }

  /** Notes that servers listen here. */
  add(key: string, servers: readonly Server[]): void {
    this.#open.set(key, servers);
  }

  /** Notes that they are about to close. */
  remove(key: string, servers: readonly Server[]): void {
    if (this.#open.get(key) === servers) this.#open.delete(key);
  }

  /** The sockets of an address, to be sent to another process; undefined if nobody listens there. */
  handlesOf(key: string): readonly GivenSocket[] | undefined {
    return this.#open.get(key)?.map((server) => (server as unknown as { readonly _handle: GivenSocket })._handle);
  }

  /** Notes that a connection was accepted. */
  countAccepted(): void {
    this.#acceptedCount++;
  }

  /**
   * Resolves when a turn of the loop has found nobody who waits to be accepted, or there is always somebody: who waits on a socket that is closed is
   * refused with a reset, which clients do not take for a refusal.
   */
  async emptied(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const before = this.#acceptedCount;
      // The system is asked for connections just before immediate work is done.
      await new Promise((resolve) => setImmediate(resolve));
      if (turn > 0 && this.#acceptedCount === before) return;
    }
  }

  /** Another process listens on all of them now: what is in the file system is that one's. */
  markHandedOver(): void {
    this.#isHandedOver = true;
  }

  /** Whether another process has taken over. */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }
}

/** The key of an address; one whose port the system chooses is known by its owner. */
export function socketKey(owner: string, listen: ListenOptions): string {
  if (listen.path !== undefined) return listen.path;
  const family = listen.ipv6Only === true ? ' (IPv6 only)' : '';
  const address = `${listen.host ?? ''}:${listen.port}${family}`;
  return listen.port === 0 ? `${owner}@${address}` : address;
}
