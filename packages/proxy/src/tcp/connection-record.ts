/** Everything that is known of one TCP connection: what network filters, formats and logs read. */
import type { AddressView, MetadataSource, StreamView } from '@weft/engine';
import { StreamClock } from '../http/manager/stream-timings.ts';
import { UpstreamInfo } from '../http/manager/upstream-info.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';

const NO_METADATA: MetadataSource = Object.freeze({});

/** Where a connection came in. */
export interface RecordPlace {
  readonly filterChainName: string;
  readonly listenerMetadata: MetadataSource;
}

/** See the file's head. */
export class ConnectionRecord implements StreamView {
  readonly connection: ConnectionInfo;
  readonly filterChainName: string;
  readonly listenerMetadata: MetadataSource;
  readonly startTimeUs: number;
  readonly timings = new StreamClock();
  readonly upstream = new UpstreamInfo();
  readonly request = undefined;
  readonly response = undefined;
  readonly requestTrailers = undefined;
  readonly responseTrailers = undefined;
  readonly protocol = '';
  readonly responseCode = 0;
  responseCodeDetails = '';
  connectionTerminationDetails = '';
  responseFlags = 0;
  bytesReceived = 0;
  bytesSent = 0;
  upstreamWireBytesReceived = 0;
  upstreamWireBytesSent = 0;
  readonly requestHeaderBytes = 0;
  readonly responseHeaderBytes = 0;
  readonly responseTrailerBytes = 0;
  readonly upstreamHeaderBytesReceived = 0;
  readonly upstreamHeaderBytesSent = 0;
  readonly downstreamHeaderBytesReceived = 0;
  readonly downstreamHeaderBytesSent = 0;
  readonly routeName = '';
  readonly virtualHostName = '';
  readonly routeMetadata = NO_METADATA;
  readonly virtualHostMetadata = NO_METADATA;
  /** What filters left for those behind them; made when the first does. */
  #filterState: Map<string, string> | undefined;

  constructor(connection: ConnectionInfo, place: RecordPlace, startTimeUs: number) {
    this.connection = connection;
    this.filterChainName = place.filterChainName;
    this.listenerMetadata = place.listenerMetadata;
    this.startTimeUs = startTimeUs;
  }

  get remote(): AddressView {
    return this.connection.remote;
  }

  get dynamicMetadata(): MetadataSource {
    return this.connection.metadata;
  }

  get downstreamWireBytesReceived(): number {
    return this.bytesReceived;
  }

  get downstreamWireBytesSent(): number {
    return this.bytesSent;
  }

  get streamId(): string {
    return String(this.connection.id);
  }

  /** All of it. */
  get wholeFilterState(): ReadonlyMap<string, string> | undefined {
    return this.#filterState;
  }

  filterState(key: string): string | undefined {
    return this.#filterState?.get(key);
  }

  setFilterState(key: string, value: string): void {
    this.#filterState ??= new Map();
    this.#filterState.set(key, value);
  }
}
