/** The conditions of retries, each a bit. The texts are those of `retry_on` and of x-envoy-retry-on and x-envoy-retry-grpc-on. */
const HTTP = {
  '5xx': 1 << 0,
  'gateway-error': 1 << 1,
  reset: 1 << 2,
  'reset-before-request': 1 << 3,
  'connect-failure': 1 << 4,
  'envoy-ratelimited': 1 << 5,
  'retriable-4xx': 1 << 6,
  'refused-stream': 1 << 7,
  'retriable-status-codes': 1 << 8,
  'retriable-headers': 1 << 9,
  'http3-post-connect-failure': 1 << 10,
} as const;

const GRPC = {
  cancelled: 1 << 11,
  'deadline-exceeded': 1 << 12,
  internal: 1 << 13,
  'resource-exhausted': 1 << 14,
  unavailable: 1 << 15,
} as const;

/** The text of a condition. */
export type RetryOnText = keyof typeof HTTP | keyof typeof GRPC;

/** The bit of each condition. */
export const RetryOn: Readonly<Record<RetryOnText, number>> = { ...HTTP, ...GRPC };

const HTTP_BITS: ReadonlyMap<string, number> = new Map(Object.entries(HTTP));
const GRPC_BITS: ReadonlyMap<string, number> = new Map(Object.entries(GRPC));
const ALL_BITS: ReadonlyMap<string, number> = new Map([...HTTP_BITS, ...GRPC_BITS]);

/** The bits of a list, and its words that are none. */
export interface ParsedRetryOn {
  readonly bits: number;
  readonly unknown: readonly string[];
}

/** Reads `retry_on` of a policy, where HTTP and gRPC conditions stand together. */
export function parseRetryOn(text: string): ParsedRetryOn {
  return parseList(text, ALL_BITS);
}

/** Reads x-envoy-retry-on. */
export function parseRetryOnHeader(text: string): ParsedRetryOn {
  return parseList(text, HTTP_BITS);
}

/** Reads x-envoy-retry-grpc-on. */
export function parseRetryGrpcOnHeader(text: string): ParsedRetryOn {
  return parseList(text, GRPC_BITS);
}

function parseList(text: string, known: ReadonlyMap<string, number>): ParsedRetryOn {
  let bits = 0;
  const unknown: string[] = [];
  for (const part of text.split(',')) {
    const word = part.trim();
    const bit = known.get(word);
    if (bit !== undefined) bits |= bit;
    else if (word !== '') unknown.push(word);
  }
  return { bits, unknown };
}

/** The texts of some bits, for explanations. */
export function formatRetryOn(bits: number): string {
  const texts = [...ALL_BITS].filter(([, bit]) => (bits & bit) !== 0).map(([text]) => text);
  return texts.join(',');
}

/** The gRPC status that each gRPC condition is about. */
export const GRPC_STATUS_BITS: ReadonlyMap<string, number> = new Map([
  ['1', GRPC.cancelled],
  ['4', GRPC['deadline-exceeded']],
  ['8', GRPC['resource-exhausted']],
  ['13', GRPC.internal],
  ['14', GRPC.unavailable],
]);
