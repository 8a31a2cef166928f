/** The interfaces of listener filters: what is found out about a connection before its filter chain is known. */
import type { ListenerFilterRuntime } from '@weft/engine';
import type { StatsRegistry } from '@weft/telemetry';
import type { ProxyAbilities } from '../../server/abilities.ts';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import type { Accepted } from '../../transport/tcp-listener.ts';

/** What a filter says about the bytes it was shown. */
export type InspectionVerdict =
  /** It cannot tell yet: it is asked again when more bytes have come. */
  | 'more'
  /** The connection is to be closed. */
  | 'reject'
  /** It is done, and that many of the bytes were for it; the rest is for those behind it. */
  | number;

/** A filter at work that looks at the first bytes; one serves all connections of its listener. */
export interface ByteFilter {
  /** Looks at bytes[0, end), everything that has come so far, and writes down in `connection` what it learns. */
  inspect(bytes: Buffer, end: number, connection: ConnectionInfo): InspectionVerdict;
  /** The client has gone, or the time is over, while the filter waited for more. */
  abandon?(): void;
}

/** A filter at work that needs no bytes: servers that speak first are served by it too. */
export interface AcceptFilter {
  /** Writes down in the connection what it learns. */
  accept(accepted: Accepted): void;
}

/** Either of them. */
export type ListenerFilter = ByteFilter | AcceptFilter;

/** Where a filter is. */
export interface ListenerFilterPlace {
  readonly stats: StatsRegistry;
  readonly abilities: ProxyAbilities;
}

/** One kind of listener filter. */
export interface ListenerFilterKind {
  readonly typeName: string;
  create(filter: ListenerFilterRuntime, place: ListenerFilterPlace): ListenerFilter;
}
