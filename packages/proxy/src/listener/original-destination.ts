import type { AddressView } from '@weft/engine';
import type { Accepted } from '../transport/tcp-listener.ts';

/**
 * Tells where a connection was meant to go that something in front of the listener has redirected to it; undefined for one that came by itself. It
 * is asked as soon as the connection is there.
 */
export type OriginalDestination = (accepted: Accepted) => AddressView | undefined;
