/** What bounds a server against its callers. */
export interface GrpcServerLimits {
  readonly maxConnections: number;
  readonly maxConcurrentStreams: number;
  /** A longer message ends its call. */
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
  /** What node:http2 may hold for one connection before it refuses further streams on it. */
  readonly maxSessionMb: number;
  readonly handshakeMs: number;
  /** How often the other end is asked whether it is there, and how long it has to answer. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** When a client is asked to connect again, so that load spreads over replicas that came later. */
  readonly maxAgeMs: number;
  /** How much earlier or later than that, as a fraction. */
  readonly maxAgeJitter: number;
  /** What calls have to end in when their connection is to go. */
  readonly graceMs: number;
}

/** As Istio's server has them, where it has them. */
export const defaultGrpcServerLimits: GrpcServerLimits = Object.freeze({
  maxConnections: 20_000,
  maxConcurrentStreams: 100,
  maxMessageBytes: 4 * 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  maxSessionMb: 256,
  handshakeMs: 10_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  maxAgeMs: 30 * 60_000,
  maxAgeJitter: 0.1,
  graceMs: 10_000,
});
