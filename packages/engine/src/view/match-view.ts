import type { StreamView } from './stream-view.ts';

type Known = 'connection' | 'request' | 'response' | 'remote' | 'dynamicMetadata' | 'filterState';

/**
 * What access rules and matcher trees look at. A StreamView is one; where there is no stream yet, as when a filter chain or a route is being
 * chosen, the rest of it is not there, and conditions on that do not hold.
 */
export type MatchView = Pick<StreamView, Known> & Partial<Omit<StreamView, Known>>;
