/** The interface of listener filters: what is found out about a connection from its first bytes, before its filter chain is known. */
import type { ListenerFilterRuntime } from '@weft/engine';
import type { StatsRegistry } from '@weft/telemetry';
import type { ConnectionInfo } from '../../transport/connection-info.ts';

/** What a filter says about the bytes it was shown. */
export type InspectionVerdict =
  /** It cannot tell yet: it is asked again when more bytes have come. */
  | 'more'
  /** The connection is to be closed. */
  | 'reject'
  /** It is done, and that many of the bytes were for it; the rest is for those behind it. */
  | number;

/** A filter at work; one serves all connections of its listener. */
export interface ListenerFilter {
  /** Looks at bytes[0, end), everything that has come so far, and writes down in `connection` what it learns. */
  inspect(bytes: Buffer, end: number, connection: ConnectionInfo): InspectionVerdict;
  /** The client has gone, or the time is over, while the filter waited for more. */
  abandon?(): void;
}

/** One kind of listener filter. */
export interface ListenerFilterKind {
  readonly typeName: string;
  create(filter: ListenerFilterRuntime, stats: StatsRegistry): ListenerFilter;
}
