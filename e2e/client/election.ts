/** The election that the candidates of the tests hold. */

/** Name of its lease. */
export const LEASE = 'weft-control';

/** Shorter than programs would have it, so that a test need not wait. */
export const ELECTION = { leaseMs: 2000, renewDeadlineMs: 1200, retryMs: 200 };
