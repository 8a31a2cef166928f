import type { ResourceProblem } from '../protocol/problems.ts';

/** A resource that is new or has changed. */
export interface ReceivedResource {
  readonly name: string;
  readonly version: string;
  readonly typeUrl: string;
  /** The encoded message. It shares memory with the response: who keeps it beyond the call makes a copy. */
  readonly value: Uint8Array;
}

/** Why a resource is no longer there: the server said so, never had it, or its time to live ran out. */
export type RemovalCause = 'removed' | 'not-found' | 'expired';

/** A resource that is gone. */
export interface RemovedResource {
  readonly name: string;
  readonly cause: RemovalCause;
}

/** What changed at once. Everything in it is meant to take effect together. */
export interface ResourceUpdate {
  readonly typeUrl: string;
  /** The version of the response; empty when no response made the change. */
  readonly version: string;
  readonly resources: readonly ReceivedResource[];
  /** Names that the response holds just as they are in use. */
  readonly unchanged: readonly string[];
  readonly removed: readonly RemovedResource[];
}

/** Why nothing can be had of a name for now; it may still come later. */
export type UnavailableCause = 'timeout' | 'rejected';

/** Takes the resources of one type from one source. Both calls are synchronous. */
export interface ResourceHandler {
  /**
   * Applies what it can of an update and returns why it refuses the rest, by name. A refused resource keeps its last good version. It is
   * called for every response, also when nothing changed: the first call ends the wait for the source.
   */
  apply(update: ResourceUpdate): readonly ResourceProblem[];
  /** Says that waiting for these names is over, though nothing came; `*` stands for the first response as a whole. */
  unavailable(names: readonly string[], cause: UnavailableCause): void;
}
