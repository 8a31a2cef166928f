/** Helpers of the tests in this folder: a peer that sends and reads frames by hand, beside the parser and the writer under test. */
import assert from 'node:assert/strict';
import { type Clock, CoarseTimers, seededRandom } from '@weft/core';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { MemoryPipe, type MemoryPipeOptions } from '../transport/memory-pipe.ts';
import { CLIENT_PREFACE } from './frame.ts';
import { HpackDecoder, HpackEncoder, literalField } from './hpack/index.ts';
import { decodePairs, encodeBlock, type Pair } from './hpack/testing.ts';
import { type Http2Options, http2Options } from './options.ts';
import type { Http2SessionParts } from './session-lifecycle.ts';
import { createHttp2Stats } from './stats.ts';

/** A frame as the simple parser finds it. */
export interface PlainFrame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** The bytes of a frame. */
export function frame(type: number, flags: number, id: number, payload: Buffer | readonly number[] = []): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

/** 32 bits, most significant first. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The payload of SETTINGS. */
export function settingsPayload(pairs: Readonly<Record<number, number>>): Buffer {
  return Buffer.concat(
    Object.entries(pairs).map(([id, value]) => Buffer.concat([Buffer.from([0, Number(id)]), word(value)])),
  );
}

/** The whole frames in `bytes`, and what is left. */
export function plainFrames(bytes: Buffer): { readonly frames: PlainFrame[]; readonly rest: Buffer } {
  const frames: PlainFrame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length && at + 9 + bytes.readUIntBE(at, 3) <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      id: bytes.readUInt32BE(at + 5) & 0x7fffffff,
      payload: Buffer.from(bytes.subarray(at + 9, end)),
    });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

const NAMES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];

/** The other end of a session under test. */
export class RawPeer implements ByteSink {
  readonly stream: ByteStream;
  readonly encoder = new HpackEncoder({ huffman: 'never' });
  readonly decoder = new HpackDecoder();
  /** Every frame received. */
  readonly frames: PlainFrame[] = [];
  hasEnded = false;
  isClosed = false;
  receivedBytes = 0;
  /** With this set, the received bytes are dropped: for floods. */
  isDeaf = false;
  #rest: Buffer = Buffer.alloc(0);
  readonly #run: () => void;

  constructor(stream: ByteStream, run: () => void) {
    this.stream = stream;
    this.#run = run;
    stream.attach(this);
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.receivedBytes += end - start;
    if (this.isDeaf) return;
    let all = Buffer.concat([this.#rest, bytes.subarray(start, end)]);
    // A client under test sends it first, in one piece.
    if (this.frames.length === 0 && all.indexOf(CLIENT_PREFACE) === 0) all = all.subarray(CLIENT_PREFACE.length);
    const found = plainFrames(all);
    this.frames.push(...found.frames);
    this.#rest = Buffer.from(found.rest);
  }

  onEnd(): void {
    this.hasEnded = true;
    this.stream.end();
  }

  onDrain(): void {}

  onClose(_fault: StreamFault | undefined): void {
    this.isClosed = true;
  }

  /** Sends bytes in one piece and lets the session answer. */
  send(...parts: readonly Buffer[]): void {
    const bytes = Buffer.concat(parts);
    this.stream.write(bytes, 0, bytes.length);
    this.#run();
  }

  /** A HEADERS frame with END_HEADERS and these fields. */
  headers(id: number, pairs: readonly Pair[], flags = 4): Buffer {
    return frame(1, flags, id, this.block(pairs));
  }

  block(pairs: readonly Pair[]): Buffer {
    return encodeBlock(
      this.encoder,
      pairs.map(([name, value]) => literalField(name, value)),
    );
  }

  /** Frames since the last call, as text: `HEADERS/5@1`; RST_STREAM and GOAWAY with their code, HEADERS with the fields, DATA with its text. */
  seen(...types: readonly string[]): string[] {
    const seen = this.frames.splice(0).map((each) => this.#text(each));
    return types.length === 0 ? seen : seen.filter((text) => types.some((type) => text.startsWith(type)));
  }

  #text({ type, flags, id, payload }: PlainFrame): string {
    const name = NAMES[type] ?? String(type);
    const head = `${name}/${flags}@${id}`;
    if (name === 'RST_STREAM') return `${name}@${id} ${payload.readUInt32BE(0)}`;
    if (name === 'GOAWAY') return `${name} last=${payload.readUInt32BE(0)} code=${payload.readUInt32BE(4)}`;
    if (name === 'WINDOW_UPDATE') return `${name}@${id} ${payload.readUInt32BE(0)}`;
    if (name === 'DATA') return `${head} ${payload.length > 40 ? payload.length : payload.toString('latin1')}`;
    if (name !== 'HEADERS') return head;
    const pairs = decodePairs(this.decoder, payload);
    return `${head} ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`;
  }
}

/** What a session under test is made of. */
export function sessionParts<C extends Clock>(
  stream: ByteStream,
  clock: C,
  given: Partial<Http2Options> = {},
): Http2SessionParts & { readonly clock: C } {
  return {
    stream,
    options: http2Options(given),
    stats: createHttp2Stats(),
    clock,
    timers: new CoarseTimers({ clock, tickMs: 10 }),
    random: seededRandom(1),
  };
}

/** A pipe that moves only when told to. */
export function manualPipe(options: MemoryPipeOptions = {}): MemoryPipe {
  return new MemoryPipe({ ...options, isManual: true });
}

/** The first bytes of a client that has nothing to set. */
export const HELLO: Buffer = Buffer.concat([CLIENT_PREFACE, frame(4, 0, 0)]);

/** A request without a body. */
export const GET: readonly Pair[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.example'],
];

/** Fails unless exactly one element is there, and returns it. */
export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1, `${list.length} elements: ${list.join('; ')}`);
  return list[0]!;
}
