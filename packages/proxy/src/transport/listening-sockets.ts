/**
 * The listening sockets of a process, which others may take over: the process that replaces it, and those that work beside it. Whoever takes one
 * gets the socket itself with all who wait to be accepted, and nobody is turned away in between.
 */
import type { ListenOptions, Server } from 'node:net';

/** Where to listen, as Node takes it, but for a path: that is as configurations write it. */
export interface ListenPlace extends ListenOptions {
  /** Permissions of a path; 0 are those that the process gives. */
  readonly mode?: number;
}

/** An address that somebody wants to listen on. */
export interface SocketRequest {
  /** Names the address; the same in every process that has the same configuration. */
  readonly key: string;
  readonly listen: ListenPlace;
  /** Whether several sockets are to share the address. */
  readonly sharesPort: boolean;
}

/** A listening socket that comes from elsewhere, as Node's `listen` takes it. */
export type GivenSocket = object;

/** Another process that has opened sockets. */
export interface SocketSource {
  /** The sockets of an address; undefined, if they are to be opened here. */
  take(request: SocketRequest): Promise<readonly GivenSocket[] | undefined>;
  /** The sockets of an address are not needed any more. */
  release(key: string): void;
  /** Whether paths in the file system stay that process's own, which removes them in the end. */
  readonly keepsPaths: boolean;
}

/** So many turns of the loop are enough for every queue that ever was full. */
const MAX_TURNS = 1000;

/** See the file's head. */
export class ListeningSockets {
  readonly #source: SocketSource | undefined;
  /** Key: that of the request. Written by `add` and `remove`. */
  readonly #open = new Map<string, readonly Server[]>();
  #keepsPaths: boolean;
  #acceptedCount = 0;

  constructor(source?: SocketSource) {
    this.#source = source;
    this.#keepsPaths = source?.keepsPaths === true;
  }

  /** Whether another process has sockets for this one. */
  get hasSource(): boolean {
    return this.#source !== undefined;
  }

  /** What another process has for an address. */
  async take(request: SocketRequest): Promise<readonly GivenSocket[] | undefined> {
    return this.#source?.take(request);
  }

  /** Notes that servers listen here. */
  add(key: string, servers: readonly Server[]): void {
    this.#open.set(key, servers);
  }

  /** Notes that they are about to close. */
  remove(key: string, servers: readonly Server[]): void {
    if (this.#open.get(key) !== servers) return;
    this.#open.delete(key);
    this.#source?.release(key);
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
    this.#keepsPaths = true;
  }

  /** Whether what is in the file system belongs to another process. */
  get keepsPaths(): boolean {
    return this.#keepsPaths;
  }
}

/** The key of an address; one whose port the system chooses is known by its owner. */
export function socketKey(owner: string, listen: ListenPlace): string {
  if (listen.path !== undefined) return listen.path;
  const family = listen.ipv6Only === true ? ' (IPv6 only)' : '';
  const address = `${listen.host ?? ''}:${listen.port}${family}`;
  return listen.port === 0 ? `${owner}@${address}` : address;
}
