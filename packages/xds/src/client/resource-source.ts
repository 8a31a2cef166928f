import type { InterestChange } from './state/interest.ts';

/** A change of what is wanted, with how long to wait for what is new if that differs from the source's own time. */
export interface WantedChange extends InterestChange {
  readonly initialFetchMs?: number;
}

/** What whoever subscribed to a type may do. */
export interface Subscription {
  readonly typeUrl: string;
  /** Changes which names are wanted; `*` is the wildcard. */
  change(change: WantedChange): void;
  /** Holds requests back until the returned function is called, so that several changes become one request. Calls nest. */
  pause(): () => void;
}
