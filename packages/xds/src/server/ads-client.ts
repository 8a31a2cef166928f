import type { XdsNode, XdsVariant } from '../protocol/messages.ts';
import type { Dirty, ResourceView } from './resource-view.ts';
import type { ToldResource } from './served-resource.ts';
import type { Nack, SentResponse } from './state/answers.ts';
import type { GrpcFailure } from './transport/grpc-status.ts';
import type { GrpcPeer, PeerIdentity } from './transport/grpc-stream.ts';

/** A client that is connected, as the control plane knows it. */
export interface AdsClient {
  /** Tells connections apart: the node's id and a number. */
  readonly id: string;
  readonly node: XdsNode;
  readonly variant: XdsVariant;
  /** The path that the client called. */
  readonly method: string;
  readonly peer: GrpcPeer;
  readonly identity: PeerIdentity | undefined;
  /** Wall-clock time. */
  readonly connectedAtMs: number;
  /**
   * Takes a newer view; what the client lacks of it goes out when its turn comes, as one response a type however many views there were.
   * `dirty` tells where the view may differ from the one pushed before, everywhere unless given.
   */
  push(view: ResourceView, dirty?: Dirty): void;
  /** What the client wants of a type; undefined when it never asked for it. */
  subscription(typeUrl: string): TypeInterest | undefined;
  /** The resources of a type that the client was told of last. */
  resources(typeUrl: string): Iterable<ToldResource>;
  /** What the client was told and answered. */
  status(): ClientStatus;
  /** Ends the stream. */
  disconnect(failure: GrpcFailure): void;
}

/** What a client wants of one type. */
export interface TypeInterest {
  readonly isWildcard: boolean;
  readonly names: ReadonlySet<string>;
}

/** A client's state, for status pages. */
export interface ClientStatus {
  /** The newest view that was pushed; 0 before there is one. */
  readonly pushedRevision: number;
  /** The newest view from which the client runs all that concerns it, but for what its types list as refused. */
  readonly runsRevision: number;
  /** Whether the connection has not taken what it was sent. */
  readonly isBlocked: boolean;
  readonly types: readonly TypeStatus[];
}

/** One type of a client, for status pages. Times are wall-clock. */
export interface TypeStatus {
  readonly typeUrl: string;
  readonly interest: TypeInterest;
  readonly sent: { readonly version: string; readonly nonce: string; readonly atMs: number } | undefined;
  readonly acked: { readonly version: string; readonly nonce: string; readonly atMs: number } | undefined;
  /** Set as long as something that was refused has not been replaced. */
  readonly nacked: Nack | undefined;
  /** Resources whose newest version is refused. */
  readonly refused: ReadonlySet<string>;
  /** `notSent`: nothing went out; `synced`: the last response was accepted; `stale`: it was not answered; `error`: refused. */
  readonly state: 'notSent' | 'synced' | 'stale' | 'error';
}

/** An answer to a response. */
export interface AnsweredResponse {
  readonly typeUrl: string;
  readonly response: SentResponse;
  /** How long the answer took. */
  readonly tookMs: number;
}

/** A response that went out. */
export interface PushedResponse {
  readonly typeUrl: string;
  readonly response: SentResponse;
  readonly bytes: number;
  readonly resourceCount: number;
  readonly removedCount: number;
}

/** Is told what happens on streams, for statistics, statuses and logs. It must not throw. */
export interface AdsObserver {
  /** A client is there, and gets what its view says. */
  onConnect?(client: AdsClient): void;
  onDisconnect?(client: AdsClient, reason: string): void;
  /** A client wants something else of a type than before. */
  onSubscribe?(client: AdsClient, typeUrl: string): void;
  onSent?(client: AdsClient, sent: PushedResponse): void;
  onAck?(client: AdsClient, answered: AnsweredResponse): void;
  onNack?(client: AdsClient, answered: AnsweredResponse, nack: Nack): void;
  /** The client runs everything up to this view, but for what it refuses. */
  onRuns?(client: AdsClient, revision: number): void;
  /** A stream was not served. */
  onRefused?(peer: GrpcPeer, failure: GrpcFailure): void;
}
