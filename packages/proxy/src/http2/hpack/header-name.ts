/**
 * Names of header fields, one object per name, so that comparing, the static index and the indexing policy cost one field access each.
 * Owns one process-wide table: the well-known names for ever, names learnt from traffic in a fixed number of slots that replace each
 * other. A peer that sends unique names can push learnt ones out, which costs compression, never memory or correctness.
 */

import { latin1Slice } from '../../http/latin1.ts';
import { type NameRole, roleOf } from './name-role.ts';

/** How fields go on the wire: into the dynamic table, as a literal, or as a literal that no hop may ever index (RFC 7541 §6.2.3). */
export const INDEXING = { incremental: 0, none: 1, never: 2 } as const;

/** One of the values of INDEXING. */
export type Indexing = (typeof INDEXING)[keyof typeof INDEXING];

/** A name of header fields and what is known of it. */
export class HeaderName {
  readonly text: string;
  /** Lowest index of the static table with this name, 0 if none. */
  readonly staticIndex: number;
  /** What is done with fields of this name whose sender did not say. */
  readonly indexing: Indexing;
  /** What the rules of HTTP/2 messages say about the name. */
  readonly role: NameRole;
  /** The name with the colon and space of HTTP/1, once somebody has asked. */
  prefix: Uint8Array | undefined;

  constructor(text: string, staticIndex: number, indexing: Indexing) {
    this.text = text;
    this.staticIndex = staticIndex;
    this.indexing = indexing;
    this.role = roleOf(text);
  }
}

/** Credentials: a compressed guess must never tell an attacker whether it was right (RFC 7541 §7.1.3). */
const SECRET_NAMES = ['authorization', 'proxy-authorization', 'set-cookie', 'x-api-key', 'x-forwarded-client-cert'];

/** Values that differ from request to request: they would only push useful entries out of the table. */
const UNIQUE_NAMES = [
  'age',
  'b3',
  'content-length',
  'content-range',
  'date',
  'etag',
  'expires',
  'grpc-timeout',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'traceparent',
  'tracestate',
  'x-amzn-trace-id',
  'x-b3-parentspanid',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-client-trace-id',
  'x-cloud-trace-context',
  'x-correlation-id',
  'x-datadog-parent-id',
  'x-datadog-trace-id',
  'x-envoy-upstream-service-time',
  'x-request-id',
  'x-request-start',
];

const PLAIN_NAMES = [
  ':protocol',
  'baggage',
  'connection',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'origin',
  'priority',
  'te',
  'trailer',
  'upgrade',
  'x-b3-sampled',
  'x-envoy-attempt-count',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-peer-metadata',
  'x-envoy-peer-metadata-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
];

const LEARNT_SLOTS = 1024;
const LONGEST_LEARNT = 128;
const WELL_KNOWN_SLOTS = 1024;

/** Sole writers: addWellKnown at load, learn at run time. Key: hash of the name; open addressing, never full. */
const wellKnown: (HeaderName | undefined)[] = new Array<HeaderName | undefined>(WELL_KNOWN_SLOTS).fill(undefined);
/** Sole writer: learn. Sets of two slots; the first holds the one used last. */
const learnt: (HeaderName | undefined)[] = new Array<HeaderName | undefined>(LEARNT_SLOTS).fill(undefined);

/** Makes a name permanent: for tables built at load. Returns the existing one if there is one. */
export function addWellKnown(text: string, staticIndex: number): HeaderName {
  let slot = hashText(text) & (WELL_KNOWN_SLOTS - 1);
  for (; wellKnown[slot] !== undefined; slot = (slot + 1) & (WELL_KNOWN_SLOTS - 1)) {
    if (wellKnown[slot]!.text === text) return wellKnown[slot]!;
  }
  const name = new HeaderName(text, staticIndex, policyOf(text));
  wellKnown[slot] = name;
  return name;
}

/** Completes the well-known names; the static table calls it after its own names, whose indexes come first. */
export function addCommonNames(): void {
  for (const text of [...SECRET_NAMES, ...UNIQUE_NAMES, ...PLAIN_NAMES]) addWellKnown(text, 0);
}

/** The name whose latin1 bytes are `bytes[start, end)`: no string is made if it is known. */
export function nameOfBytes(bytes: Buffer, start: number, end: number): HeaderName {
  const hash = hashBytes(bytes, start, end);
  for (let slot = hash & (WELL_KNOWN_SLOTS - 1); ; slot = (slot + 1) & (WELL_KNOWN_SLOTS - 1)) {
    const name = wellKnown[slot];
    if (name === undefined) break;
    if (isSame(name.text, bytes, start, end)) return name;
  }
  const slot = (hash << 1) & (LEARNT_SLOTS - 1);
  const first = learnt[slot];
  if (first !== undefined && isSame(first.text, bytes, start, end)) return first;
  const second = learnt[slot + 1];
  if (second !== undefined && isSame(second.text, bytes, start, end)) {
    learnt[slot] = second;
    learnt[slot + 1] = first;
    return second;
  }
  return learn(latin1Slice(bytes, start, end), slot);
}

/** The name with this text; characters above U+00FF are a bug of the caller. */
export function nameOf(text: string): HeaderName {
  const hash = hashText(text);
  for (let slot = hash & (WELL_KNOWN_SLOTS - 1); ; slot = (slot + 1) & (WELL_KNOWN_SLOTS - 1)) {
    const name = wellKnown[slot];
    if (name === undefined) break;
    if (name.text === text) return name;
  }
  const slot = (hash << 1) & (LEARNT_SLOTS - 1);
  if (learnt[slot]?.text === text) return learnt[slot]!;
  if (learnt[slot + 1]?.text === text) return learnt[slot + 1]!;
  return learn(text, slot);
}

function learn(text: string, slot: number): HeaderName {
  const name = new HeaderName(text, 0, INDEXING.incremental);
  if (text.length > LONGEST_LEARNT) return name;
  learnt[slot + 1] = learnt[slot];
  learnt[slot] = name;
  return name;
}

function policyOf(text: string): Indexing {
  if (SECRET_NAMES.includes(text)) return INDEXING.never;
  return UNIQUE_NAMES.includes(text) ? INDEXING.none : INDEXING.incremental;
}

function isSame(text: string, bytes: Buffer, start: number, end: number): boolean {
  const length = text.length;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

// FNV-1a; both forms must agree. Collisions are harmless: sets have two slots and no chains.
function hashBytes(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
