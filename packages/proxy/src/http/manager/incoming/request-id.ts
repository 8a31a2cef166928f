/**
 * `x-request-id`: a UUID of random digits whose 15th character tells why the request is traced (Envoy's UUID request id extension). No spans are
 * made here, so it is `4` always: a plain version 4 UUID, which means "not traced".
 */
import { randomFillSync } from 'node:crypto';
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead } from '../../head.ts';
import { KnownHeader } from '../../known-headers.ts';

const ID = KnownHeader['x-request-id'];
const UUID_LENGTH = 36;
const REASON_PLACE = 14;
const NOT_TRACED = '4';

/** Ids are made so many at a time. */
const BATCH = 256;
const UUID_BYTES = 16;
const random = Buffer.allocUnsafeSlow(BATCH * UUID_BYTES);
const digits = Buffer.alloc(BATCH * UUID_LENGTH, '-');
let next = BATCH;

const HEX = Buffer.from('0123456789abcdef');
/** Where each byte of a UUID stands in its text. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const VARIANT_PLACE = 19;
/** 10xx, the variant of RFC 9562. */
const VARIANT = 8;

/** Sees that the request has an id that can be trusted as far as the configuration trusts its sender. */
export function provideRequestId(head: RequestHead, options: HttpManagerRuntime['requestId'], isEdge: boolean): void {
  if (!options.generates) return;
  const given = head.getKnown(ID);
  if (given === undefined) {
    const at = nextId();
    head.addBytes(ID, digits, at, at + UUID_LENGTH);
  } else if (given === '' || (isEdge && !options.preservesExternal)) head.setKnown(ID, newRequestId());
  else if (isEdge && options.packsTraceReason && given.length === UUID_LENGTH && given[REASON_PLACE] !== NOT_TRACED) {
    // A client may choose its id, but not that it is traced.
    head.setKnown(ID, given.slice(0, REASON_PLACE) + NOT_TRACED + given.slice(REASON_PLACE + 1));
  }
}

/** A random UUID. */
export function newRequestId(): string {
  const at = nextId();
  return digits.toString('latin1', at, at + UUID_LENGTH);
}

/** Where in `digits` an id stands that nobody has. */
function nextId(): number {
  if (next === BATCH) makeBatch();
  return UUID_LENGTH * next++;
}

function makeBatch(): void {
  randomFillSync(random);
  for (let i = 0; i < BATCH; i++) putDigits(i * UUID_BYTES, i * UUID_LENGTH);
  next = 0;
}

function putDigits(from: number, to: number): void {
  for (let i = 0; i < UUID_BYTES; i++) {
    const byte = random[from + i]!;
    const place = to + PLACES[i]!;
    digits[place] = HEX[byte >> 4]!;
    digits[place + 1] = HEX[byte & 15]!;
  }
  digits[to + REASON_PLACE] = NOT_TRACED.charCodeAt(0);
  digits[to + VARIANT_PLACE] = HEX[VARIANT | ((random[from + 8]! >> 4) & 3)]!;
}
