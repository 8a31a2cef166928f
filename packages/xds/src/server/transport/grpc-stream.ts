// The seam between services and sockets: calls as messages in both directions. `GrpcServer` has it over node:http2, tests have it in memory.
import type { GrpcFailure } from './grpc-status.ts';

/** Who is on the other end of a connection. */
export interface GrpcPeer {
  readonly address: string;
  readonly isTls: boolean;
  /** The certificate that the peer proved to have and that leads to a trusted root, as DER; undefined when there is none. */
  readonly certificate: Uint8Array | undefined;
  /** Why a certificate that was shown is not to be trusted. */
  readonly certificateProblem: string | undefined;
}

/** Whom an authenticator takes a caller for. */
export interface PeerIdentity {
  /** The name, such as a SPIFFE id. */
  readonly principal: string;
  /** How it was proved, for people: `certificate`, `token`. */
  readonly proof: string;
}

/** A call before it is served. */
export interface GrpcCall {
  /** The path, `/package.Service/Method`. */
  readonly method: string;
  readonly peer: GrpcPeer;
  /** The caller's metadata by lower-case name; values of one name are joined with commas. */
  metadata(name: string): string | undefined;
}

/** A call that is served. */
export interface GrpcStream extends GrpcCall {
  /** Undefined when the server asks for none. */
  readonly identity: PeerIdentity | undefined;
  /** Sends a message that has room for its prefix in front, filled; false asks to wait for `onDrain`, though it is sent all the same. */
  send(frame: Buffer): boolean;
  /** Ends the call, with OK unless a failure is given. Nothing is told to the handler but `onClose`. */
  end(failure?: GrpcFailure): void;
  /** Holds further messages back, or lets them come; a few that have come already may still be told. */
  setReading(isReading: boolean): void;
}

/** Who serves a call. Nothing is called before the method returns, and nothing after `onClose`. */
export interface GrpcStreamHandler {
  /** A whole message. Its bytes belong to the receiver. */
  onMessage(message: Buffer): void;
  /** The caller will send nothing more. */
  onHalfClose(): void;
  /** More may be sent again after `send` returned false. */
  onDrain(): void;
  /** The connection will end soon: end the call, so that the caller goes elsewhere. */
  onShutdown(reason: string): void;
  /** The call is over, however that came; called once. */
  onClose(reason: string): void;
}

/** Serves the calls of one path. */
export type GrpcMethod = (stream: GrpcStream) => GrpcStreamHandler;

/** Methods by path. */
export type GrpcMethods = ReadonlyMap<string, GrpcMethod>;
