/**
 * `x-request-id`: a UUID of random digits whose 15th character tells why the request is traced (Envoy's UUID request id extension). No spans are
 * made here, so it is `4` always: a plain version 4 UUID, which means "not traced".
 */
import { randomFillSync } from 'node:crypto';
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead } from '../../head.ts';

const NAME = 'x-request-id';
const UUID_LENGTH = 36;
const REASON_PLACE = 14;
const NOT_TRACED = '4';

const POOL_BYTES = 4096;
const UUID_BYTES = 16;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** Each byte as two hexadecimal digits. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Each byte as the last of its digits behind the version. */
const HEX_VERSION = HEX.map((digits) => NOT_TRACED + digits[1]!);
/** The same behind the variant of RFC 9562, 10xx. */
const HEX_VARIANT = HEX.map((digits, byte) => '89ab'[byte >> 6]! + digits[1]!);

/** Sees that the request has an id that can be trusted as far as the configuration trusts its sender. */
export function provideRequestId(head: RequestHead, options: HttpManagerRuntime['requestId'], isEdge: boolean): void {
  if (!options.generates) return;
  const given = head.get(NAME);
  if (given === undefined) head.add(NAME, newRequestId());
  else if (given === '' || (isEdge && !options.preservesExternal)) head.set(NAME, newRequestId());
  else if (isEdge && options.packsTraceReason && given.length === UUID_LENGTH && given[REASON_PLACE] !== NOT_TRACED) {
    // A client may choose its id, but not that it is traced.
    head.set(NAME, given.slice(0, REASON_PLACE) + NOT_TRACED + given.slice(REASON_PLACE + 1));
  }
}

/** A random UUID. */
export function newRequestId(): string {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += UUID_BYTES;
  const first = HEX[pool[at]!]! + HEX[pool[at + 1]!]! + HEX[pool[at + 2]!]! + HEX[pool[at + 3]!]!;
  const second = `${HEX[pool[at + 4]!]!}${HEX[pool[at + 5]!]!}-${HEX_VERSION[pool[at + 6]!]!}${HEX[pool[at + 7]!]!}`;
  const third = `${HEX_VARIANT[pool[at + 8]!]!}${HEX[pool[at + 9]!]!}-${HEX[pool[at + 10]!]!}${HEX[pool[at + 11]!]!}`;
  const last = HEX[pool[at + 12]!]! + HEX[pool[at + 13]!]! + HEX[pool[at + 14]!]! + HEX[pool[at + 15]!]!;
  return `${first}-${second}-${third}${last}`;
}
