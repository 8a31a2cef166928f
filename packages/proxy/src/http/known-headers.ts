import { COLON, LOWER } from '../http1/bytes.ts';

/**
 * Every header name the proxy looks at. A header's id is its place in this list plus one; 0 means "any other name".
 * The names with rules of their own in the head come first, so that one comparison tells them from the rest.
 */
const NAMES = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'accept-encoding',
  'authorization',
  'b3',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'access-control-request-method',
  'forwarded',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'http2-settings',
  'location',
  'max-forwards',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'server',
  'set-cookie',
  'traceparent',
  'tracestate',
  'user-agent',
  'vary',
  'via',
  'x-b3-flags',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-client-trace-id',
  'x-envoy-attempt-count',
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-fault-abort-request',
  'x-envoy-fault-delay-request',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-max-retries',
  'x-envoy-original-dst-host',
  'x-envoy-original-path',
  'x-envoy-overloaded',
  'x-envoy-peer-metadata',
  'x-envoy-peer-metadata-id',
  'x-envoy-ratelimited',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-service-time',
  'x-envoy-upstream-stream-duration-ms',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-ot-span-context',
  'x-request-id',
] as const;

/** A name in the list. */
export type KnownHeaderName = (typeof NAMES)[number];

/** The id of each known name. */
export const KnownHeader = Object.fromEntries(NAMES.map((name, index) => [name, index + 1])) as Readonly<
  Record<KnownHeaderName, number>
>;

/** The same for names that are only known at run time. */
export const KNOWN_HEADER_ID: ReadonlyMap<string, number> = new Map(NAMES.map((name, index) => [name, index + 1]));

/** The id of a header nobody asks for by id. */
export const UNKNOWN_HEADER = 0;
/** One more than the largest id: the size of tables indexed by id. */
export const KNOWN_HEADER_IDS = NAMES.length + 1;
/** Ids up to this one have rules in the head scanner. */
export const LAST_RULED_HEADER = KnownHeader.upgrade;

const TABLE_BITS = 10;
const MAX_LENGTH = Math.max(...NAMES.map((name) => name.length));
/** All names one after another, and where each id's name starts. */
const TEXT = Uint8Array.from(NAMES.join(''), (char) => char.charCodeAt(0));
const TEXT_START = new Uint16Array(KNOWN_HEADER_IDS + 1);
for (const [index, name] of NAMES.entries()) TEXT_START[index + 2] = TEXT_START[index + 1]! + name.length;

/**
 * The low five bits of four bytes (the same for both cases of a letter) and the length tell all names apart; the multiplier spreads them over
 * the table without a collision.
 */
function slotOf(bytes: Uint8Array, start: number, end: number, multiplier: number): number {
  const length = end - start;
  const mix =
    (bytes[start + ((length * 5) >> 4)]! & 31) |
    ((bytes[end - 1]! & 31) << 5) |
    ((bytes[start + ((length * 9) >> 4)]! & 31) << 10) |
    ((bytes[start + ((length * 12) >> 4)]! & 31) << 15) |
    (length << 20);
  return Math.imul(mix ^ (mix >>> 13), multiplier) >>> (32 - TABLE_BITS);
}

function fillTable(multiplier: number): Uint8Array | undefined {
  const table = new Uint8Array(1 << TABLE_BITS);
  for (let id = 1; id < KNOWN_HEADER_IDS; id++) {
    const slot = slotOf(TEXT, TEXT_START[id]!, TEXT_START[id + 1]!, multiplier);
    if (table[slot] !== 0) return undefined;
    table[slot] = id;
  }
  return table;
}

function findPerfectHash(): { readonly table: Uint8Array; readonly multiplier: number } {
  for (let attempt = 1; attempt < 100_000; attempt++) {
    const multiplier = Math.imul(attempt, 0x9e3779b1) | 1;
    const table = fillTable(multiplier);
    if (table !== undefined) return { table, multiplier };
  }
  throw new Error('two known header names share their length and probed bytes: probe another byte in slotOf');
}

const { table: TABLE, multiplier: MULTIPLIER } = findPerfectHash();

/** The id of the header named by bytes[start, end) in any case, UNKNOWN_HEADER if it is not known. Makes no string. */
export function lookupHeader(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 2 || length > MAX_LENGTH) return UNKNOWN_HEADER;
  const id = TABLE[slotOf(bytes, start, end, MULTIPLIER)]!;
  const text = TEXT_START[id]!;
  if (id === UNKNOWN_HEADER || TEXT_START[id + 1]! - text !== length) return UNKNOWN_HEADER;
  for (let i = 0; i < length; i++) if (LOWER[bytes[start + i]!] !== TEXT[text + i]) return UNKNOWN_HEADER;
  return id;
}

/**
 * Where the name with this id ends when bytes[start, limit) begin with it, in any case, and a colon; -1 otherwise. For who has a guess: one pass over
 * the name instead of three.
 */
export function matchKnownHeader(bytes: Uint8Array, start: number, limit: number, id: number): number {
  const text = TEXT_START[id]!;
  const length = TEXT_START[id + 1]! - text;
  const end = start + length;
  if (end >= limit || bytes[end] !== COLON) return -1;
  for (let i = 0; i < length; i++) if (LOWER[bytes[start + i]!] !== TEXT[text + i]) return -1;
  return end;
}

/** The lower-case name of an id. */
export function knownHeaderName(id: number): KnownHeaderName | undefined {
  return NAMES[id - 1];
}
