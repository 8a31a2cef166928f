import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { AccessLogOptions, AccessLogRuntime } from '../access-log/access-log-runtime.ts';
import type { CidrSet } from '../match/cidr-set.ts';
import type { RouteConfigRuntime } from '../route/route-config.ts';
import type { IpDetectionRuntime } from './ip-detection.ts';
import type { LocalReplyRuntime } from './local-reply.ts';

/** What is done with a path that holds escaped slashes. */
export type EscapedSlashes = 'keep' | 'reject' | 'unescapeAndRedirect' | 'unescapeAndForward';

/** What becomes of `x-forwarded-client-cert`. */
export type ForwardClientCert = 'sanitize' | 'forwardOnly' | 'appendForward' | 'sanitizeSet' | 'alwaysForwardOnly';

/** What is done with header names that contain `_`. */
export type UnderscoresAction = 'allow' | 'reject' | 'drop';

/** The parts of the peer's certificate that `x-forwarded-client-cert` tells. */
export interface ClientCertDetails {
  readonly subject: boolean;
  readonly cert: boolean;
  readonly chain: boolean;
  readonly dns: boolean;
  readonly uri: boolean;
}

/** Options of HTTP/1 in either role. */
export interface Http1Runtime {
  readonly acceptsHttp10: boolean;
  readonly http10Host: string;
  readonly hasTrailers: boolean;
  readonly allowsAbsoluteUrl: boolean;
  /** How names of fields are spelt on the wire: in lower case, as they came, or with capital letters. */
  readonly nameCase: 'lower' | 'preserve' | 'proper';
  /** Whether an invalid message is answered and its connection goes on, where that can be done. */
  readonly isInvalidMessageStreamError: boolean;
}

/** Options of HTTP/2 in either role; the names are those of Http2ProtocolOptions. */
export interface Http2Runtime {
  readonly hpackTableSize: number;
  readonly maxConcurrentStreams: number;
  readonly initialStreamWindowBytes: number;
  readonly initialConnectionWindowBytes: number;
  readonly allowsConnect: boolean;
  readonly maxOutboundFrames: number;
  readonly maxOutboundControlFrames: number;
  readonly maxConsecutiveEmptyFrames: number;
  readonly maxPriorityFramesPerStream: number;
  readonly maxWindowUpdatesPerDataFrame: number;
  /** Whether an invalid message ends its stream only, not the connection. */
  readonly isInvalidMessageStreamError: boolean;
  /** Pings on a connection; undefined without. */
  readonly keepalive:
    | {
        readonly intervalMs: number;
        readonly timeoutMs: number;
        readonly intervalJitterPct: number;
        readonly idleIntervalMs: number;
      }
    | undefined;
}

/** What holds for HTTP of any version on a connection. */
export interface HttpRuntime {
  /** A connection without streams is closed after this; 0 for never. */
  readonly idleTimeoutMs: number;
  /** 0 for no bound. */
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
  readonly maxHeaders: number;
  /** 0 for no bound. */
  readonly maxRequestsPerConnection: number;
  readonly underscores: UnderscoresAction;
}

/** One HTTP filter of a connection manager, in the order of the chain; the last one is the router. */
export interface HttpFilterRuntime {
  /** The configured name, by which routes speak to it. */
  readonly name: string;
  /** The type of its message, which says which filter it is. */
  readonly typeName: string;
  /** What its compiler made of the message. */
  readonly config: unknown;
  /** Off unless a route switches it on. */
  readonly isDisabled: boolean;
}

/** Where a connection manager has its routes from. */
export type RouteSource =
  | { readonly kind: 'inline'; readonly routes: RouteConfigRuntime }
  | { readonly kind: 'rds'; readonly name: string; readonly source: ConfigSource };

/** A compiled HttpConnectionManager. */
export interface HttpManagerRuntime {
  readonly statPrefix: string;
  readonly codec: 'auto' | 'http1' | 'http2';
  readonly routes: RouteSource;
  readonly filters: readonly HttpFilterRuntime[];
  readonly http: HttpRuntime;
  readonly http1: Http1Runtime;
  readonly http2: Http2Runtime;
  /** The `server` header, and when it is set. */
  readonly serverName: string;
  readonly serverHeader: 'overwrite' | 'appendIfAbsent' | 'passThrough';
  /** Replaces the scheme of every request; undefined keeps it. `matchUpstream` takes the upstream's. */
  readonly scheme: { readonly overwrite: 'http' | 'https' | undefined; readonly matchesUpstream: boolean };
  readonly maxHeadBytes: number;
  /** The timeouts in milliseconds; 0 switches one off. */
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly headTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly delayedCloseMs: number;
  readonly accessLogs: readonly AccessLogRuntime[];
  readonly accessLogOptions: AccessLogOptions;
  readonly useRemoteAddress: boolean;
  readonly trustedHops: number;
  /** Asked in turn who the client is, instead of `trustedHops`; only without `useRemoteAddress`. */
  readonly ipDetections: readonly IpDetectionRuntime[];
  readonly skipsXffAppend: boolean;
  /** The addresses that count as internal; undefined for none beyond what Envoy's default says (RFC 1918 and loopback are internal without it). */
  readonly internalAddresses: { readonly ranges: CidrSet; readonly unixSockets: boolean } | undefined;
  /** Appended to `via`; empty for none. */
  readonly via: string;
  readonly requestId: {
    readonly generates: boolean;
    readonly preservesExternal: boolean;
    readonly setsInResponse: boolean;
    readonly packsTraceReason: boolean;
  };
  readonly forwardClientCert: ForwardClientCert;
  readonly clientCertDetails: ClientCertDetails;
  readonly proxies100Continue: boolean;
  readonly addsUserAgent: boolean;
  /** Protocols of Upgrade and extended CONNECT that are let through, in lower case -> their own filters, if they have some. */
  readonly upgrades: ReadonlyMap<
    string,
    { readonly isEnabled: boolean; readonly filters: readonly HttpFilterRuntime[] | undefined }
  >;
  readonly normalizesPath: boolean;
  readonly mergesSlashes: boolean;
  readonly escapedSlashes: EscapedSlashes;
  readonly stripsPort: 'none' | 'matching' | 'any';
  readonly stripsTrailingHostDot: boolean;
  /** Compiled LocalReplyConfig; undefined for plain text. */
  readonly localReply: LocalReplyRuntime | undefined;
  readonly appendsForwardedPort: boolean;
}
