// How requests say what a client wants, as the server of a stream has to read them (xDS, "How the client specifies what resources to
// return"). Pure data and pure functions; the client's side of the same rules is in `client/state`.

/** The name that stands for "everything that concerns this client". */
export const WILDCARD = '*';

/** What a client wants of one type on one stream. */
export interface SubscriptionView {
  readonly isWildcard: boolean;
  readonly names: ReadonlySet<string>;
  /** Whether the client has ever named something on this stream; from then on an empty list means nothing instead of everything. */
  readonly isExplicit: boolean;
}

/** Before the first request. */
export const noSubscription: SubscriptionView = Object.freeze({
  isWildcard: false,
  names: new Set<string>(),
  isExplicit: false,
});

/** What is wanted after a state-of-the-world request with these names. */
export function readSotwNames(view: SubscriptionView, names: readonly string[]): SubscriptionView {
  if (names.length === 0 && !view.isExplicit) return { ...view, isWildcard: true };
  const wanted = new Set(names);
  const isWildcard = wanted.delete(WILDCARD);
  return { isWildcard, names: wanted, isExplicit: true };
}

/** What is wanted after a delta request; `isFirst` for the first request of the type on the stream. */
export function readDeltaNames(
  view: SubscriptionView,
  change: { readonly subscribe: readonly string[]; readonly unsubscribe: readonly string[]; readonly isFirst: boolean },
): SubscriptionView {
  const names = new Set(view.names);
  let isWildcard = view.isWildcard || (change.isFirst && change.subscribe.length === 0);
  for (const name of change.subscribe) {
    if (name === WILDCARD) isWildcard = true;
    else names.add(name);
  }
  for (const name of change.unsubscribe) {
    if (name === WILDCARD) isWildcard = false;
    else names.delete(name);
  }
  return { isWildcard, names, isExplicit: view.isExplicit || change.subscribe.length > 0 };
}

/** Whether a resource of that name is wanted. */
export function isSubscribed(view: SubscriptionView, name: string): boolean {
  return view.isWildcard || view.names.has(name);
}

/**
 * Whether a state-of-the-world request answers an older response than the last one sent, and is to be ignored: the client will send
 * another one for the newer response (xDS, "Resource updates").
 */
export function isStaleNonce(lastSentNonce: string, responseNonce: string): boolean {
  return responseNonce !== '' && responseNonce !== lastSentNonce;
}
