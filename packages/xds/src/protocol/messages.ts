// The messages of the discovery service as the state machines see them. `wire.ts` turns them into bytes and back, so that nothing else
// depends on how messages are generated.
import type { Node } from '@weft/proto/envoy/config/core/v3/base';

/** The two ways of the protocol: everything each time, or only what changed. */
export type XdsVariant = 'sotw' | 'delta';

/** Why a response was rejected, as it goes into `error_detail`. */
export interface StatusDetail {
  readonly code: number;
  readonly message: string;
}

/** A request of the state-of-the-world protocol. */
export interface SotwRequest {
  readonly kind: 'sotw';
  readonly typeUrl: string;
  readonly versionInfo: string;
  readonly resourceNames: readonly string[];
  readonly responseNonce: string;
  readonly errorDetail: StatusDetail | undefined;
}

/** A request of the delta protocol. */
export interface DeltaRequest {
  readonly kind: 'delta';
  readonly typeUrl: string;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Name to version of what the client has; only in the first request of a type on a stream. */
  readonly initialResourceVersions: ReadonlyMap<string, string>;
  readonly responseNonce: string;
  readonly errorDetail: StatusDetail | undefined;
}

/** What a client sends. */
export type XdsRequest = SotwRequest | DeltaRequest;

/** A message whose type is told by its URL. */
export interface AnyBytes {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A resource as it came, out of its wrapper if it had one. */
export interface WireResource {
  /** The name on the wrapper; empty when there is none. */
  readonly name: string;
  /** The version on the wrapper; empty when there is none. */
  readonly version: string;
  readonly ttlMs: number | undefined;
  /** Undefined in a heartbeat, which only renews the time to live. */
  readonly body: AnyBytes | undefined;
  /** Why the wrapper could not be read. */
  readonly problem: string | undefined;
}

/** A response of the state-of-the-world protocol. */
export interface SotwResponse {
  readonly kind: 'sotw';
  readonly typeUrl: string;
  readonly versionInfo: string;
  readonly nonce: string;
  readonly resources: readonly WireResource[];
  /** Which server answered, as it calls itself; may be empty. */
  readonly controlPlane: string;
}

/** A response of the delta protocol. */
export interface DeltaResponse {
  readonly kind: 'delta';
  readonly typeUrl: string;
  readonly versionInfo: string;
  readonly nonce: string;
  readonly resources: readonly WireResource[];
  readonly removed: readonly string[];
  readonly controlPlane: string;
}

/** What a server sends. */
export type XdsResponse = SotwResponse | DeltaResponse;

/** Who the client says it is. */
export type XdsNode = Node;

/** What the client tells servers in `Node.client_features` that it can do. */
export const clientFeatures: readonly string[] = ['xds.config.supports-resource-ttl', 'xds.config.resource-in-sotw'];
