/**
 * The interface of HTTP filters. A filter is made for each stream that it has something to do with; it sees the request on its way in and the
 * response on its way out, and may change, hold, or answer. Hooks that a filter does not have cost nothing.
 */
import type {
  ConnectionView,
  HostOverride,
  HttpFilterRuntime,
  RouteDecision,
  RouteInput,
  StreamView,
} from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import type { FieldList, RequestHead, ResponseHead } from '../../http/head.ts';
import type { ProxyServices } from '../../server/services.ts';

/**
 * What happens after a filter has seen something.
 * - `next`: the following filter sees it.
 * - `hold`: the filter is not done with the head. What follows waits in front of it, within bounds, until it calls `resume…`.
 * - `take`: the filter is not done with the head, or has used up the data. Data goes on being given to it; it passes on what it wants by `send…Data`.
 *   Trailers that it took it passes on by `send…Trailers`, now or later: they stay what they are.
 */
export const FilterStatus = { next: 0, hold: 1, take: 2 } as const;

/** One of the values of FilterStatus. */
export type FilterStatus = (typeof FilterStatus)[keyof typeof FilterStatus];

/** A filter at work on one stream. `bytes` are valid until the call returns. */
export interface HttpFilter {
  /** Whether the filter took the request for a health check. */
  readonly isHealthCheck?: boolean;
  /** The host that the request should go to. */
  readonly hostOverride?: HostOverride | undefined;
  onRequestHead?(head: RequestHead, endStream: boolean): FilterStatus;
  onRequestData?(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus;
  onRequestTrailers?(trailers: FieldList): FilterStatus;
  onResponseHead?(head: ResponseHead, endStream: boolean): FilterStatus;
  onResponseData?(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus;
  onResponseTrailers?(trailers: FieldList): FilterStatus;
  /** What is behind the filter takes data again, after `send…Data` returned false; it may be called without that, too. */
  onRequestDrain?(): void;
  onResponseDrain?(): void;
  /** The stream is over, in whatever way; the last call. */
  onStreamEnd?(): void;
}

/** A filter of a connection manager, ready to work on streams. */
export interface HttpFilterFactory {
  /** The configured name, by which routes speak to it. */
  readonly name: string;
  /** Off unless a route switches it on. */
  readonly isDisabled: boolean;
  /** The filter for one stream; undefined when it has nothing to do there. */
  create(stream: FilterStream): HttpFilter | undefined;
}

/** Where a filter works. */
export interface HttpFilterPlace {
  readonly services: ProxyServices;
  /** The statistics of the connection manager: `http.<stat_prefix>.` */
  readonly scope: Scope;
}

/** One kind of filter. */
export interface HttpFilterKind {
  /** The type of its configuration. */
  readonly typeName: string;
  /** Why a configuration that compiles cannot be done here; undefined when it can. */
  refuse?(config: unknown): string | undefined;
  create(filter: HttpFilterRuntime, place: HttpFilterPlace): HttpFilterFactory;
}

/** An answer that does not come from an upstream. */
export interface LocalReply {
  readonly status: number;
  readonly body: string | Uint8Array;
  /** `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string;
  /** Bits of ResponseFlag that the answer adds. */
  readonly flags?: number;
  readonly contentType?: string;
  /** Fields that the answer has beside those every local answer has. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The status for gRPC clients; derived from `status` unless given. */
  readonly grpcStatus?: number;
  /** Changes the head before it goes through the filters. */
  readonly modify?: (head: ResponseHead) => void;
}

/** What a filter may do with its stream. */
export interface FilterStream {
  /** What is known of the stream, as logs see it. */
  readonly view: StreamView;
  readonly connection: ConnectionView;
  /** The compiled configurations that the route has for this filter, the most specific first. */
  readonly routeConfigs: readonly unknown[];
  /** What decisions about the route, and others like them, read beside the request. */
  readonly input: RouteInput;
  /** The route as it is decided now. */
  readonly decision: RouteDecision;
  /** The cluster that the request goes to; empty without one. */
  readonly clusterName: string;
  /** Forgets the route: headers that it depends on have changed. The next one who asks decides anew. */
  clearRoute(): void;
  /** Goes on with the request after `hold` or `take`. */
  resumeRequest(): void;
  resumeResponse(): void;
  /** Passes data on to the next filter, from a filter that took it. False: wait for `on…Drain`, where it can wait. */
  sendRequestData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  sendResponseData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  /** Passes trailers on, from a filter that took them or made them; the end of the direction. */
  sendRequestTrailers(trailers: FieldList): void;
  sendResponseTrailers(trailers: FieldList): void;
  /** Asks the source for no more data, until it is called with false; what is on the way still comes. */
  pauseRequest(isPaused: boolean): void;
  pauseResponse(isPaused: boolean): void;
  /** Answers; the request goes no further. */
  reply(reply: LocalReply): void;
  /** Drops the stream without an answer. */
  reset(details: string): void;
  /** Metadata that later filters, routes and logs see under the filter's name. */
  setMetadata(filter: string, key: string, value: unknown): void;
  setFilterState(key: string, value: string): void;
  /** Adds bits of ResponseFlag. */
  addFlags(flags: number): void;
}
