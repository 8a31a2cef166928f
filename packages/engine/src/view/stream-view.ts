import type { HeaderSource } from '../match/header-matcher.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import type { AddressView } from './address-view.ts';
import type { ConnectionView } from './connection-view.ts';
import type { RequestView, ResponseView } from './request-view.ts';
import type { TlsView } from './tls-view.ts';

/** What became of the upstream side of a stream; fields are filled in as they become known. */
export interface UpstreamView {
  readonly clusterName: string;
  /** `alt_stat_name` or the name. */
  readonly observabilityName: string;
  readonly host: AddressView | undefined;
  readonly hostName: string;
  readonly local: AddressView | undefined;
  readonly tls: TlsView | undefined;
  /** As `StreamView.protocol`. */
  readonly protocol: string;
  readonly connectionId: number;
  /** Attempts made, 1 without a retry. */
  readonly attemptCount: number;
  readonly transportFailureReason: string;
  /** The name asked for by SNI; empty without one. */
  readonly serverName?: string;
  readonly clusterMetadata: MetadataSource;
  readonly hostMetadata: MetadataSource;
}

/** Moments of a stream in microseconds since its start, -1 while they have not come. */
export interface StreamTimings {
  readonly downstreamHandshakeComplete: number;
  readonly lastDownstreamRxByte: number;
  readonly firstUpstreamTxByte: number;
  readonly lastUpstreamTxByte: number;
  readonly firstUpstreamRxByte: number;
  readonly lastUpstreamRxByte: number;
  readonly firstDownstreamTxByte: number;
  readonly lastDownstreamTxByte: number;
  readonly upstreamConnectStart: number;
  readonly upstreamConnectComplete: number;
  readonly upstreamHandshakeComplete: number;
  /** The stream asked for an upstream connection, and got one. */
  readonly upstreamPoolRequest?: number;
  readonly upstreamPoolReady?: number;
  readonly end: number;
}

/**
 * Everything that access logs, header formats and policies may read of one HTTP stream or TCP connection. The proxy's stream object implements
 * it; a test writes it as a literal.
 */
export interface StreamView {
  readonly connection: ConnectionView;
  /** Undefined for TCP. */
  readonly request: RequestView | undefined;
  readonly response: ResponseView | undefined;
  readonly requestTrailers: HeaderSource | undefined;
  readonly responseTrailers: HeaderSource | undefined;
  readonly upstream: UpstreamView | undefined;
  /** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2`; empty for TCP. */
  readonly protocol: string;
  /** The client as the HTTP connection manager sees it (x-forwarded-for considered). */
  readonly remote: AddressView;
  /** Wall-clock time of the start in microseconds since 1970. */
  readonly startTimeUs: number;
  readonly timings: StreamTimings;
  /** 0 while there is none. */
  readonly responseCode: number;
  /** Empty while there are none. */
  readonly responseCodeDetails: string;
  readonly connectionTerminationDetails: string;
  /** Bits of ResponseFlag. */
  readonly responseFlags: number;
  /** Body bytes; with heads and framing for the wire and header counts. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly requestHeaderBytes: number;
  readonly responseHeaderBytes: number;
  readonly responseTrailerBytes: number;
  readonly upstreamWireBytesReceived: number;
  readonly upstreamWireBytesSent: number;
  readonly upstreamHeaderBytesReceived: number;
  readonly upstreamHeaderBytesSent: number;
  readonly downstreamWireBytesReceived: number;
  readonly downstreamWireBytesSent: number;
  readonly downstreamHeaderBytesReceived: number;
  readonly downstreamHeaderBytesSent: number;
  readonly routeName: string;
  readonly virtualHostName: string;
  /** Empty when none matched. */
  readonly virtualClusterName?: string;
  readonly filterChainName: string;
  /** Metadata that filters set, by filter name. */
  readonly dynamicMetadata: MetadataSource;
  readonly routeMetadata: MetadataSource;
  readonly virtualHostMetadata: MetadataSource;
  readonly listenerMetadata: MetadataSource;
  /** Objects that filters keep under well-known keys, as text. */
  filterState(key: string): string | undefined;
  /** A random id of this stream, for `%STREAM_ID%`. */
  readonly streamId: string;
  /** Whether the health check filter took the request for a health check. */
  readonly isHealthCheck?: boolean;
  /** The ids of the span that the proxy makes of the stream; empty without one. */
  readonly traceId?: string;
  readonly spanId?: string;
}
