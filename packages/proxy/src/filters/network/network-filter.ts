/** The interfaces of network filters: what happens to a connection once its filter chain is known. */
import type { FilterChainRuntime, ListenerRuntime, NetworkFilterRuntime } from '@weft/engine';
import type { ProxyServices } from '../../server/services.ts';
import type { ConnectionRecord } from '../../tcp/connection-record.ts';
import type { ByteStream } from '../../transport/byte-stream.ts';
import type { ConnectionInfo } from '../../transport/connection-info.ts';

/** A connection that has passed its listener, on its way to the terminal filter. */
export interface DownstreamSetup {
  readonly stream: ByteStream;
  readonly connection: ConnectionInfo;
  /** What was read of the connection already. */
  readonly first: Buffer | undefined;
  /** What is known of it so far, where anybody had to know: filters in front, or the listener's log. */
  readonly record: ConnectionRecord | undefined;
}

/** The last filter of a chain at work: it takes every connection of its chain. */
export interface TerminalNetworkFilter {
  take(setup: DownstreamSetup): void;
  /** Asks every client to leave: at once (0), or little by little within a time. Those that come later are asked too, when that is over. */
  drain(withinMs: number): void;
  /** Asks nobody to leave any more. */
  endDrain(): void;
  /** Ends every connection. */
  close(): void;
  readonly connectionCount: number;
}

/** A connection as the filters in front of the terminal one see it; TLS is complete. */
export interface Arrival {
  readonly connection: ConnectionInfo;
  /** Keys of the state that nobody may set again. */
  readonly readOnlyState: Set<string>;
  readonly record: ConnectionRecord;
}

/** What such a filter says of a connection. */
export type Admission =
  | 'pass'
  /** It is closed after a while; `details` says why. */
  | { readonly delayMs: number; readonly details: string };

/** A filter in front of the terminal one at work: it looks at each connection once, before any of its bytes is passed on. */
export interface AdmissionFilter {
  admit(arrival: Arrival): Admission;
}

/** Where a filter is. */
export interface NetworkFilterPlace {
  readonly listener: ListenerRuntime;
  readonly chain: FilterChainRuntime;
  readonly services: ProxyServices;
}

/** One kind of filter in front of the terminal one. */
export interface AdmissionFilterKind {
  readonly typeName: string;
  create(filter: NetworkFilterRuntime, place: NetworkFilterPlace): AdmissionFilter;
}

/** One kind of terminal filter. */
export interface TerminalFilterKind {
  readonly typeName: string;
  create(filter: NetworkFilterRuntime, place: NetworkFilterPlace): TerminalNetworkFilter;
}
