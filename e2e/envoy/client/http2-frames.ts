/** HTTP/2 by hand, for what no client would send: header fields that are forbidden, in any order. */
import type { ByteInbox } from '@weft/testkit';
import type { Fields } from '../case.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];
const END_STREAM = 1;
const END_HEADERS = 4;
const WITHIN_MS = 10_000;

/** The bytes of a connection with one request; every field is a literal that is not indexed, as it is written. */
export function requestFrames(fields: Fields, body?: string): string {
  const text = (value: string): string => {
    if (value.length > 126) throw new Error('a longer text needs more than one byte for its length');
    return String.fromCharCode(value.length) + value;
  };
  const block = fields.map(([name, value]) => `\x00${text(name)}${text(value)}`).join('');
  const head = frame(1, END_HEADERS | (body === undefined ? END_STREAM : 0), 1, block);
  return PREFACE + frame(4, 0, 0, '') + head + (body === undefined ? '' : frame(0, END_STREAM, 1, body));
}

function frame(type: number, flags: number, stream: number, payload: string): string {
  const { length } = payload;
  return String.fromCharCode(length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, 0, stream) + payload;
}

/** The frames that the peer sends about the first stream, and a GOAWAY with its error, until one of both has ended. */
export async function readFrames(inbox: ByteInbox): Promise<readonly string[]> {
  const seen: string[] = [];
  for (;;) {
    const head = await inbox.take(
      'a frame',
      (bytes) => (bytes.length >= 9 ? 9 : inbox.isEnded ? bytes.length : undefined),
      WITHIN_MS,
    );
    if (head.length < 9) return [...seen, 'end of the connection'];
    const payload = await inbox.take(
      'a frame',
      (bytes) => (bytes.length >= head.readUIntBE(0, 3) ? head.readUIntBE(0, 3) : undefined),
      WITHIN_MS,
    );
    const type = TYPES[head[3]!] ?? `type ${head[3]}`;
    if (type === 'GOAWAY') return [...seen, `GOAWAY ${payload.readUInt32BE(4)}`];
    if (head.readUInt32BE(5) !== 1 || type === 'WINDOW_UPDATE') continue;
    // Into how many frames a body is cut is chance.
    if (type !== 'DATA' || seen.at(-1) !== 'DATA') {
      seen.push(type === 'RST_STREAM' ? `${type} ${payload.readUInt32BE(0)}` : type);
    }
    if (type === 'RST_STREAM' || ((type === 'DATA' || type === 'HEADERS') && (head[4]! & END_STREAM) !== 0))
      return seen;
  }
}
