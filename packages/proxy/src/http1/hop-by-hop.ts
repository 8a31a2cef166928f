import { KNOWN_HEADER_IDS, KnownHeader, knownHeaderName } from '../http/known-headers.ts';
import type { HeadScan } from './head-scan.ts';

/** What concerns one hop only (RFC 9110 §7.6.1): the framing and the connection's options. The codec writes its own. */
export const HOP_BY_HOP_IDS: readonly number[] = [
  KnownHeader.connection,
  KnownHeader.upgrade,
  KnownHeader['keep-alive'],
  KnownHeader['proxy-connection'],
  KnownHeader['transfer-encoding'],
  KnownHeader['http2-settings'],
];

/** 1 for each of these ids. */
export const IS_HOP_BY_HOP = new Uint8Array(KNOWN_HEADER_IDS);
for (const id of HOP_BY_HOP_IDS) IS_HOP_BY_HOP[id] = 1;

/** The same by name. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set(HOP_BY_HOP_IDS.map((id) => knownHeaderName(id)!));

/** Fields that no Connection may take away: what follows them would mean something else. */
const KEPT_OPTIONS: ReadonlySet<string> = new Set(['host', 'content-length', 'cookie', 'authorization', 'te']);

/** Without these it would not be known where a request comes from: a client that takes them away has something to hide. As in Envoy. */
const ORIGIN_OPTIONS: ReadonlySet<string> = new Set([
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);
/** Envoy refuses as many. */
const TOO_MANY_OPTIONS = 10;

/** The fields, in lower case, that the Connection fields of a head take away. */
export function namedByConnection(scan: HeadScan, bytes: Buffer): ReadonlySet<string> {
  const names = new Set<string>();
  for (const name of optionsOf(scan, bytes)) if (!KEPT_OPTIONS.has(name)) names.add(name);
  return names;
}

/** Whether the Connection fields of a request name something that they must not take away, or more than anybody needs. */
export function namesWhatMustStay(scan: HeadScan, bytes: Buffer): boolean {
  const names = optionsOf(scan, bytes);
  return names.length >= TOO_MANY_OPTIONS || names.some((name) => ORIGIN_OPTIONS.has(name) || name.startsWith(':'));
}

/** In lower case. */
function optionsOf(scan: HeadScan, bytes: Buffer): readonly string[] {
  const names: string[] = [];
  for (let row = scan.first[KnownHeader.connection]!; row >= 0; row = scan.next(row)) {
    const text = bytes.toString('latin1', scan.valueStart(row), scan.valueEnd(row)).toLowerCase();
    for (const option of text.split(',')) names.push(option.trim());
  }
  return names;
}

/** Whether a client that takes this for its forward proxy wants to be the last: the field is not HTTP's own, but Envoy heeds it too. */
export function proxyConnectionCloses(scan: HeadScan, bytes: Buffer): boolean {
  const row = scan.first[KnownHeader['proxy-connection']]!;
  return row >= 0 && bytes.toString('latin1', scan.valueStart(row), scan.valueEnd(row)).toLowerCase() === 'close';
}
