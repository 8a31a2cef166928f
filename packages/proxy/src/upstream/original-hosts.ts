/** The hosts of a cluster of type ORIGINAL_DST: each is made when somebody first goes there, and forgotten when nobody has for a while. */
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type { AddressView, OriginalDestinationRuntime } from '@weft/engine';
import { CLUSTER_STAT } from './cluster-stats.ts';
import { LiveHost } from './live-host.ts';
import { originalAddressOf } from './original-address.ts';
import type { HostRequester } from './upstream-cluster.ts';

/** What the hosts need of their cluster. */
export interface OriginalHostsParts {
  readonly timers: CoarseTimers;
  /** By slot of CLUSTER_STATS. */
  readonly stats: Float64Array;
  readonly onAdd: (host: LiveHost) => void;
  readonly onRemove: (host: LiveHost) => void;
}

interface Entry {
  readonly host: LiveHost;
  /** Whether it was chosen since hosts were last looked through. */
  isUsed: boolean;
}

/** Clients may name hosts: so many are known at most, and beyond that those go that nobody is connected to. */
const MAX_HOSTS = 16_384;

const NO_LOCALITY = { region: '', zone: '', subZone: '' } as const;

/** See the file's head. */
export class OriginalHosts {
  readonly #runtime: OriginalDestinationRuntime;
  readonly #parts: OriginalHostsParts;
  /** Key: the address as text. Written by `choose` and `#forget`. */
  readonly #entries = new Map<string, Entry>();
  readonly #countInvalid: () => void;
  #timer: CoarseTimer | undefined;

  constructor(runtime: OriginalDestinationRuntime, parts: OriginalHostsParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#countInvalid = () => {
      parts.stats[CLUSTER_STAT.original_dst_host_invalid]! += 1;
    };
  }

  /** The host that a requester was meant for; undefined when nothing tells. */
  choose(requester: HostRequester | undefined): LiveHost | undefined {
    const address = requester && originalAddressOf(this.#runtime, requester, this.#countInvalid);
    if (address === undefined) return undefined;
    const known = this.#entries.get(address.text);
    if (known !== undefined) {
      known.isUsed = true;
      return known.host;
    }
    if (this.#entries.size >= MAX_HOSTS) this.#forget(() => true);
    return this.#entries.size < MAX_HOSTS ? this.#add(address) : undefined;
  }

  /** Forgets nothing more by itself. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #add(address: AddressView): LiveHost {
    const host = new LiveHost({
      address,
      hostName: '',
      weight: 1,
      health: 'healthy',
      metadata: {},
      locality: NO_LOCALITY,
    });
    this.#entries.set(address.text, { host, isUsed: true });
    this.#parts.onAdd(host);
    this.#arm();
    return host;
  }

  #arm(): void {
    this.#timer ??= this.#parts.timers.set(this.#runtime.cleanupMs, () => {
      this.#timer = undefined;
      this.#forget(({ isUsed }) => !isUsed);
      for (const entry of this.#entries.values()) entry.isUsed = false;
      if (this.#entries.size > 0) this.#arm();
    });
  }

  /** Forgets those of the chosen that nobody is connected to. */
  #forget(isChosen: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) {
      const { host } = entry;
      if (host.activeConnections > 0 || host.activeRequests > 0 || !isChosen(entry)) continue;
      this.#entries.delete(key);
      this.#parts.onRemove(host);
    }
  }
}
