import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ClientStream } from '../http/codec.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { GRPC_CODE, GrpcStream } from './grpc-stream.ts';

interface Subject {
  readonly stream: GrpcStream;
  /** What the server would receive. */
  readonly sent: Buffer[];
  readonly messages: string[];
  /** Code and message of each end; there may be one only. */
  readonly ends: (readonly [code: number, message: string])[];
  readonly resets: string[];
  readonly begin: () => void;
}

function createSubject(maxMessageBytes = 1000): Subject {
  const sent: Buffer[] = [];
  const messages: string[] = [];
  const ends: [number, string][] = [];
  const resets: string[] = [];
  const events = {
    onOpen: () => undefined,
    onMessage: (bytes: Uint8Array) => messages.push(Buffer.from(bytes).toString()),
    onDrain: () => undefined,
    onEnd: (code: number, message: string) => ends.push([code, message]),
  };
  const stream = new GrpcStream({ method: '/a.B/C', maxMessageBytes }, events, () => undefined);
  const client: ClientStream = {
    protocol: 'HTTP/2',
    sendHead: () => undefined,
    sendData: (bytes, start, end) => {
      sent.push(Buffer.from(bytes.subarray(start, end)));
      return true;
    },
    sendTrailers: () => undefined,
    reset: (reason) => resets.push(reason),
    pause: () => undefined,
    resume: () => undefined,
  };
  const begin = () => stream.begin(client, RequestFields.of({ method: 'POST', path: '/a.B/C' }));
  return { stream, sent, messages, ends, resets, begin };
}

function framed(text: string, flag = 0): Buffer {
  const body = Buffer.from(text);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

describe('a gRPC stream', () => {
  it('gives whole messages, however their bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 })), fc.array(fc.nat(9), { minLength: 1 }), (texts, cuts) => {
        const { stream, messages, begin } = createSubject();
        begin();
        stream.onHead(ResponseFields.of(200), false);
        const bytes = Buffer.concat(texts.map((text) => framed(text)));
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = Math.min(bytes.length, at + 1 + cuts[i % cuts.length]!);
          stream.onData(bytes, at, end, false);
          at = end;
        }
        assert.deepEqual(
          messages,
          texts.map((text) => Buffer.from(text).toString()),
        );
      }),
    );
  });

  it('sends what was given before there was a connection', () => {
    const { stream, sent, begin } = createSubject();
    assert.equal(stream.send(Buffer.from('early')), false);
    begin();
    stream.send(Buffer.from('late'));
    assert.deepEqual(Buffer.concat(sent), Buffer.concat([framed('early'), framed('late')]));
  });

  it('ends with the status of the trailers, and once', () => {
    const { stream, ends, begin } = createSubject();
    begin();
    stream.onHead(ResponseFields.of(200), false);
    const trailers = [
      ['grpc-status', '14'],
      ['grpc-message', 'gone%20away'],
    ] as const;
    stream.onTrailers(ResponseFields.of(200, trailers));
    stream.onReset({ kind: 'connectionClosed', details: '' });
    assert.deepEqual(ends, [[14, 'gone away']]);
  });

  it('gives up on messages that are too long or compressed, and on servers that are none of gRPC', () => {
    const long = createSubject(10);
    long.begin();
    long.stream.onHead(ResponseFields.of(200), false);
    long.stream.onData(framed('x'.repeat(11)), 0, 16, false);
    assert.deepEqual([long.ends[0]?.[0], long.resets, long.messages], [GRPC_CODE.resourceExhausted, ['cancel'], []]);
    const compressed = createSubject();
    compressed.begin();
    compressed.stream.onData(framed('x', 1), 0, 6, false);
    assert.equal(compressed.ends[0]?.[0], GRPC_CODE.internal);
    const other = createSubject();
    other.begin();
    other.stream.onHead(ResponseFields.of(404), false);
    assert.deepEqual(other.ends, [[GRPC_CODE.unavailable, 'the server answers with status 404']]);
  });

  it('tells nothing after it was given up', () => {
    const { stream, ends, resets, begin } = createSubject();
    begin();
    stream.cancel();
    stream.onReset({ kind: 'localReset', details: '' });
    assert.deepEqual([ends, resets], [[], ['cancel']]);
  });
});
