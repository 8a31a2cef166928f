/** The codec against the one of Node's own HTTP/2 (nghttp2), in both roles, over streams in memory. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder, type HuffmanUse } from './encoder.ts';
import { sharedFields } from './field-interner.ts';
import { decodePairs, encodeBlock, type Pair } from './testing.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEADERS = 1;
const SETTINGS = 4;
const END_STREAM_AND_HEADERS = 5;
const HEADER_TABLE_SIZE = 1;

interface Frame {
  readonly kind: number;
  readonly isAck: boolean;
  readonly payload: Buffer;
}

/** The whole frames in `bytes`. */
function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const flags = bytes[at + 4]!;
    // With the priority flag, five bytes stand before the block.
    const skipped = bytes[at + 3] === HEADERS && (flags & 0x20) !== 0 ? 5 : 0;
    frames.push({
      kind: bytes[at + 3]!,
      isAck: (flags & 1) !== 0,
      payload: bytes.subarray(at + 9 + skipped, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

function frame(kind: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Copies bytes from one stream to the other and keeps them. */
function tap(from: Duplex, to: Duplex): Buffer[] {
  const chunks: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    to.write(chunk);
  });
  from.on('end', () => to.end());
  return chunks;
}

function requestPairs(i: number): Pair[] {
  return [
    [':method', 'POST'],
    [':authority', 'greeter.example:50051'],
    [':scheme', 'http'],
    [':path', `/helloworld.Greeter/SayHello${i % 5}`],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['x-request-id', `6f0c1a52-7a43-4b0f-9a3d-${i}`],
    ['authorization', `Bearer token-${i % 2}`],
    ['x-tenant', `tenant-${i % 9}`],
    ['x-bytes', `\xe9${'x'.repeat(i * 3)}`],
  ];
}

describe('beside nghttp2', () => {
  it('decodes what its client and its server send', async () => {
    const [client, clientWire] = duplexPair();
    const [server, serverWire] = duplexPair();
    const sent = tap(clientWire, serverWire);
    const answered = tap(serverWire, clientWire);
    const requests: string[][] = [];
    const h2 = http2.createServer();
    h2.on('stream', (stream, _headers, _flags, raw) => {
      requests.push(raw);
      stream.respond({ ':status': 200, 'x-count': String(requests.length), 'x-fixed': 'value' }, { endStream: true });
    });
    h2.emit('connection', server);
    const session = http2.connect('http://greeter.example', { createConnection: () => client });
    const responses: string[][] = [];
    for (let i = 0; i < 40; i++) {
      const stream = session.request(Object.fromEntries(requestPairs(i)), { endStream: true });
      const [, , raw] = (await once(stream, 'response')) as [unknown, unknown, string[]];
      responses.push(raw);
      stream.resume();
    }
    const decodeAll = (bytes: Buffer) => {
      const decoder = new HpackDecoder();
      const blocks = framesOf(bytes).filter(({ kind }) => kind === HEADERS);
      return blocks.map(({ payload }) => decodePairs(decoder, payload).flat());
    };
    assert.equal(requests.length, 40);
    assert.deepEqual(decodeAll(Buffer.concat(sent).subarray(PREFACE.length)), requests);
    assert.deepEqual(decodeAll(Buffer.concat(answered)), responses);
    session.destroy();
    server.destroy();
  });

  for (const [huffman, tableSize] of [
    ['indexed', 4096],
    ['always', 200],
    ['never', 0],
  ] as const) {
    it(`is understood by its server: Huffman ${huffman}, table of ${tableSize}`, () =>
      isUnderstood(huffman, tableSize));
  }
});

async function isUnderstood(huffman: HuffmanUse, tableSize: number): Promise<void> {
  const [client, server] = duplexPair();
  const h2 = http2.createServer({ settings: { headerTableSize: tableSize } });
  const received: string[][] = [];
  const all = Promise.withResolvers<void>();
  h2.on('stream', (stream, _headers, _flags, raw) => {
    received.push(raw);
    stream.respond({ ':status': 204 }, { endStream: true });
    if (received.length === 60) all.resolve();
  });
  h2.on('sessionError', all.reject);
  h2.on('session', (session) => session.on('error', all.reject));
  client.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
  h2.emit('connection', server);
  const encoder = new HpackEncoder({ huffman });
  const [first] = (await once(client, 'data')) as [Buffer];
  const settings = framesOf(first).find(({ kind, isAck }) => kind === SETTINGS && !isAck)!.payload;
  for (let at = 0; at < settings.length; at += 6) {
    if (settings.readUInt16BE(at) === HEADER_TABLE_SIZE) encoder.setPeerMaxTableSize(settings.readUInt32BE(at + 2));
  }
  client.resume();
  client.write(frame(SETTINGS, 1, 0, Buffer.alloc(0)));
  const wanted: Pair[][] = [];
  for (let i = 0; i < 60; i++) {
    const pairs = requestPairs(i);
    wanted.push(pairs);
    const block = encodeBlock(
      encoder,
      pairs.map(([name, value]) => sharedFields.field(name, value)),
    );
    client.write(frame(HEADERS, END_STREAM_AND_HEADERS, i * 2 + 1, block));
  }
  await all.promise;
  assert.equal(encoder.tableMaxSize, tableSize);
  assert.deepEqual(
    received,
    wanted.map((pairs) => pairs.flat()),
  );
  const closed = once(server, 'close');
  client.end();
  server.destroy();
  await closed;
}
