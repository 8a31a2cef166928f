/** Everything that is known of one stream: what logs, policies and header formats read. Written by its Exchange and the router. */
import type { AddressView, ConnectionView, HeaderSource, MetadataSource, StreamView } from '@weft/engine';
import type { RequestHead, ResponseHead } from '../head.ts';
import { StreamClock } from './stream-timings.ts';
import { UpstreamInfo } from './upstream-info.ts';

const NO_METADATA: MetadataSource = Object.freeze({});

/** What `byteSize` counts for a field beside its name and value. */
const LINE_OVERHEAD = 4;
/** The pseudo-headers that every request has: `:method` and `:scheme`. */
const ALWAYS_THERE = 2;

/** What the connection of a stream adds to the record. */
export interface RecordSource {
  readonly connection: ConnectionView;
  readonly filterChainName: string;
  readonly listenerMetadata: MetadataSource;
  /** State that network filters left. */
  readonly filterState: ReadonlyMap<string, string> | undefined;
}

/** See the file's head. */
export abstract class StreamRecord implements StreamView {
  readonly protocol: string;
  readonly startTimeUs: number;
  readonly timings = new StreamClock();
  readonly upstream = new UpstreamInfo();
  remote: AddressView;
  isInternal = false;
  request: RequestHead | undefined;
  response: ResponseHead | undefined;
  requestTrailers: HeaderSource | undefined;
  responseTrailers: HeaderSource | undefined;
  responseCode = 0;
  responseCodeDetails = '';
  responseFlags = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Of the request's head as it arrived. */
  arrivedHeadBytes = 0;
  responseHeaderBytes = 0;
  responseTrailerBytes = 0;
  upstreamWireBytesReceived = 0;
  upstreamWireBytesSent = 0;
  upstreamHeaderBytesReceived = 0;
  upstreamHeaderBytesSent = 0;
  routeName = '';
  virtualHostName = '';
  virtualClusterName = '';
  routeMetadata: MetadataSource = NO_METADATA;
  virtualHostMetadata: MetadataSource = NO_METADATA;
  dynamicMetadata: MetadataSource = NO_METADATA;
  readonly #source: RecordSource;
  #filterState: Map<string, string> | undefined;

  constructor(source: RecordSource, protocol: string, startTimeUs: number) {
    this.#source = source;
    this.protocol = protocol;
    this.startTimeUs = startTimeUs;
    this.remote = source.connection.remote;
  }

  get connection(): ConnectionView {
    return this.#source.connection;
  }

  get connectionTerminationDetails(): string {
    return '';
  }

  get downstreamWireBytesReceived(): number {
    return this.bytesReceived + this.arrivedHeadBytes;
  }

  get downstreamWireBytesSent(): number {
    return this.bytesSent + this.responseHeaderBytes + this.responseTrailerBytes;
  }

  /** Names and values of the head as it is now, with what was added here. */
  get requestHeaderBytes(): number {
    const { request } = this;
    if (request === undefined) return 0;
    let fields = request.fieldCount + ALWAYS_THERE;
    for (const part of [request.path, request.authority, request.protocol]) if (part !== '') fields++;
    return request.byteSize - fields * LINE_OVERHEAD;
  }

  get downstreamHeaderBytesReceived(): number {
    return this.arrivedHeadBytes;
  }

  get downstreamHeaderBytesSent(): number {
    return this.responseHeaderBytes;
  }

  get filterChainName(): string {
    return this.#source.filterChainName;
  }

  get listenerMetadata(): MetadataSource {
    return this.#source.listenerMetadata;
  }

  get streamId(): string {
    return this.request?.get('x-request-id') ?? '';
  }

  filterState(key: string): string | undefined {
    return this.#filterState?.get(key) ?? this.#source.filterState?.get(key);
  }

  setFilterState(key: string, value: string): void {
    this.#filterState ??= new Map();
    this.#filterState.set(key, value);
  }

  setMetadata(filter: string, key: string, value: unknown): void {
    const before = this.dynamicMetadata[filter] as Readonly<Record<string, unknown>> | undefined;
    this.dynamicMetadata = { ...this.dynamicMetadata, [filter]: { ...before, [key]: value } };
  }
}
