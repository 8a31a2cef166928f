/** The grpc-timeout header (gRPC over HTTP/2, "Timeout"). */

const UNIT_NS: Readonly<Record<string, number>> = { H: 3_600e9, M: 60e9, S: 1e9, m: 1e6, u: 1e3, n: 1 };
const NS_PER_MS = 1e6;
const MAX_VALUE = 99_999_999;

/** The milliseconds of a header value, rounded up; undefined where it has none or is malformed. */
export function grpcTimeoutMs(text: string | undefined): number | undefined {
  const found = text === undefined ? null : /^([0-9]{1,8})([HMSmun])$/.exec(text);
  return found === null ? undefined : Math.ceil((Number(found[1]) * UNIT_NS[found[2]!]!) / NS_PER_MS);
}

/** Milliseconds as a header value, in the finest unit that fits into its eight digits. */
export function formatGrpcTimeout(ms: number): string {
  if (ms <= MAX_VALUE) return `${ms}m`;
  const seconds = Math.floor(ms / 1000);
  if (seconds <= MAX_VALUE) return `${seconds}S`;
  const minutes = Math.floor(seconds / 60);
  if (minutes <= MAX_VALUE) return `${minutes}M`;
  return `${Math.min(Math.floor(minutes / 60), MAX_VALUE)}H`;
}
