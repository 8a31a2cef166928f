/** `x-request-id`: a version 4 UUID whose 15th character tells why the request is traced (Envoy's UUID request id extension). */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const UUID_BYTES = 16;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** Each byte as two hexadecimal digits. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A random UUID; `9` at the trace reason's place means that the request is not traced. */
export function newRequestId(packsTraceReason: boolean): string {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += UUID_BYTES;
  const hex = (i: number): string => HEX[pool[at + i]!]!;
  const version = packsTraceReason ? '9' : '4';
  return `${hex(0)}${hex(1)}${hex(2)}${hex(3)}-${hex(4)}${hex(5)}-${version}${hex(6)[1]!}${hex(7)}-${VARIANT[pool[at + 8]! >> 6]!}${hex(8)[1]!}${hex(9)}-${hex(10)}${hex(11)}${hex(12)}${hex(13)}${hex(14)}${hex(15)}`;
}

/** The first digit of the variant of RFC 9562: 10xx. */
const VARIANT = ['8', '9', 'a', 'b'] as const;
