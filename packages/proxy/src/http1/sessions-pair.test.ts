/** A client session against a server session: whatever is sent arrives equal, however the bytes are cut, and both keep their contract. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ClientStream, ServerStream, ServerStreamHandler } from '../http/codec.ts';
import { FieldHead } from '../http/field-head.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';
import { MemoryPipe } from '../transport/memory-pipe.ts';
import { Http1Client } from './client-session.ts';
import { requestHeadPool, responseHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';
import { Http1Server } from './server-session.ts';
import { inTurn, pairsOf, runTurn, SERVER_OPTIONS } from './testing.ts';

type Pairs = readonly (readonly [string, string])[];

interface Message {
  readonly fields: Pairs;
  readonly pieces: readonly string[];
  /** Whether the length is told. */
  readonly isKnown: boolean;
  readonly trailers: Pairs;
}

interface Conversation {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly request: Message;
  readonly status: number;
  readonly informational: number;
  readonly response: Message;
  /** Whether the server sends its head as soon as the request's comes, not at its end. */
  readonly isEarly: boolean;
}

const name = fc.constantFrom(
  'x-a',
  'x-b',
  'cookie',
  'accept',
  'user-agent',
  'set-cookie',
  'x_u',
  'vary',
  'x-envoy-internal',
);
const value = fc.stringMatching(/^[!-~\u00a1-\u00ff]([ -~\u00a1-\u00ff]{0,20}[!-~\u00a1-\u00ff])?$/);
const fields = fc.array(fc.tuple(name, value), { maxLength: 8 });
const trailers = fc.array(fc.tuple(fc.constantFrom('grpc-status', 'x-sum', 'x-t'), value), { maxLength: 3 });
const message: fc.Arbitrary<Message> = fc.record({
  fields,
  pieces: fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 }), { maxLength: 4 }),
  isKnown: fc.boolean(),
  trailers,
});
const conversation: fc.Arbitrary<Conversation> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PO', 'GEX', 'x-own'),
  path: fc.stringMatching(/^\/[a-z0-9?&=%./-]{0,20}$/),
  authority: fc.constantFrom('a', 'b.example:8080', '[::1]:80'),
  request: message,
  status: fc.constantFrom(200, 201, 204, 304, 404, 500, 599),
  informational: fc.nat(2),
  response: message,
  isEarly: fc.boolean(),
});

/** What one side has received of a message. */
interface Received {
  start: string;
  fields: [string, string][];
  body: string;
  trailers: [string, string][];
  ends: number;
  informational: number;
}

/** Knows whether a call to a codec is under way: no handler may be called then. */
class Guard {
  #calls = 0;

  call<T>(act: () => T): T {
    this.#calls++;
    const result = act();
    this.#calls--;
    return result;
  }

  check(received: Received): void {
    assert.equal(this.#calls, 0, 'a handler was called from inside a call to the codec');
    assert.equal(received.ends, 0, 'something came behind the end');
  }
}

function nothing(): Received {
  return { start: '', fields: [], body: '', trailers: [], ends: 0, informational: 0 };
}

class Receiver {
  readonly received = nothing();
  readonly guard: Guard;
  onEnd: () => void = () => undefined;

  constructor(guard: Guard) {
    this.guard = guard;
  }

  take(start: string, head: FieldList, endStream: boolean): void {
    this.guard.check(this.received);
    this.received.start = start;
    this.received.fields = pairsOf(head);
    if (endStream) this.#end();
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.guard.check(this.received);
    this.received.body += bytes.toString('latin1', start, end);
    if (endStream) this.#end();
  }

  onTrailers(list: FieldList): void {
    this.guard.check(this.received);
    this.received.trailers = pairsOf(list);
    this.#end();
  }

  onReset(reset: unknown): void {
    assert.fail(`reset: ${JSON.stringify(reset)}`);
  }

  onDrain(): void {}

  #end(): void {
    this.received.ends++;
    this.onEnd();
  }
}

/** Sends the body of a message. */
function sendBody(stream: ClientStream | ServerStream, { pieces, isKnown, trailers: last }: Message): void {
  for (const [i, piece] of pieces.entries()) {
    const isLast = i === pieces.length - 1 && (isKnown || last.length === 0);
    const bytes = Buffer.from(piece, 'latin1');
    stream.sendData(bytes, 0, bytes.length, isLast);
    // It has been taken: what becomes of the buffer is no concern of the codec.
    bytes.fill(0);
  }
  if (!isKnown && last.length > 0) stream.sendTrailers(FieldHead.fromPairs(last));
}

function hasNoBody({ pieces, isKnown, trailers: last }: Message): boolean {
  return pieces.length === 0 && (isKnown || last.length === 0);
}

function fieldsOf({ fields: pairs, pieces, isKnown }: Message, hasBody: boolean): Pairs {
  return isKnown && hasBody ? [...pairs, ['content-length', String(pieces.join('').length)]] : pairs;
}

/** Passes bytes on in pieces of the given sizes, again and again. */
class Cutter implements ByteSink {
  readonly #to: ByteStream;
  readonly #sizes: readonly number[];
  #turn = 0;

  constructor(from: ByteStream, to: ByteStream, sizes: readonly number[]) {
    this.#to = to;
    this.#sizes = sizes;
    from.attach(this);
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const size = Math.min(end - at, this.#sizes[this.#turn++ % this.#sizes.length]!);
      this.#to.write(bytes, at, at + size);
      this.#to.flush();
      at += size;
    }
  }

  onEnd(): void {
    this.#to.end();
  }
  onDrain(): void {}
  onClose(): void {}
}

function converse(conversations: readonly Conversation[], sizes: readonly number[]): void {
  const pipes = [new MemoryPipe({ isManual: true }), new MemoryPipe({ isManual: true })] as const;
  const [near, far] = pipes;
  const guard = new Guard();
  const requests: Receiver[] = [];
  let current: Conversation = conversations[0]!;
  const respond = (stream: ServerStream, isHeadDue: boolean, isBodyDue: boolean): void => {
    const { status, informational, response } = current;
    const isEnd = hasNoBody(response);
    guard.call(() => {
      if (isHeadDue) {
        for (let i = 0; i < informational; i++) stream.sendInformational(ResponseFields.of(103, [['link', String(i)]]));
        stream.sendHead(ResponseFields.of(status, fieldsOf(response, !isEnd && status !== 204)), isEnd);
      }
      if (isBodyDue && !isEnd) sendBody(stream, response);
    });
  };
  const server = new Http1Server(
    far.second,
    {
      onStream: (stream): ServerStreamHandler => {
        const receiver = new Receiver(guard);
        requests.push(receiver);
        const isEarly = current.isEarly && !hasNoBody(current.response);
        receiver.onEnd = () => respond(stream, !isEarly, true);
        return Object.assign(receiver, {
          onHead: (head: RequestHead, endStream: boolean) => {
            if (isEarly) respond(stream, true, false);
            receiver.take(`${head.method} ${head.path} ${head.authority}`, head, endStream);
          },
        });
      },
      onInvalidHead: (_stream, status, details) => assert.fail(`${status} ${details}`),
      onInvalidBody: (_stream, _handler, status, details) => assert.fail(`${status} ${details}`),
      onInvalidRequest: (details) => assert.fail(details),
      onConnectionClose: (end) => assert.fail(`closed: ${end.details}`),
    },
    { ...SERVER_OPTIONS, heads: requestHeadPool(DEFAULT_HEAD_LIMITS) },
  );
  let available = 0;
  const client = new Http1Client(
    near.first,
    { onAvailable: () => available++, onDraining() {}, onConnectionClose: (end) => assert.fail(end.details) },
    { heads: responseHeadPool(DEFAULT_HEAD_LIMITS), hasTrailers: true },
  );
  server.start();
  client.start();
  new Cutter(near.second, far.first, sizes);
  new Cutter(far.first, near.second, sizes);
  for (const [i, each] of conversations.entries()) {
    current = each;
    const receiver = new Receiver(guard);
    const handler = Object.assign(receiver, {
      onInformational: () => {
        receiver.received.informational++;
      },
      onHead: (head: ResponseHead, endStream: boolean) => receiver.take(String(head.status), head, endStream),
    });
    const { method, path, authority, request, status, response } = each;
    inTurn(() =>
      guard.call(() => {
        const stream = client.open(handler);
        const isEnd = hasNoBody(request);
        stream.sendHead(
          RequestFields.of({ method, path, authority, scheme: 'http' }, fieldsOf(request, !isEnd)),
          isEnd,
        );
        if (!isEnd) sendBody(stream, request);
      }),
    );
    for (let round = 0; round < 8; round++) for (const pipe of pipes) runTurn(pipe);
    const isBodiless = method === 'HEAD' || status === 204 || status === 304;
    const seen = requests[i]!.received;
    assert.deepEqual(
      { ...seen, fields: plain(seen.fields) },
      expected(`${method} ${path} ${authority}`, request, false, 0),
    );
    const { received } = receiver;
    assert.deepEqual(
      { ...received, fields: plain(received.fields) },
      expected(String(status), response, isBodiless, each.informational),
    );
    assert.equal(available, i + 1);
  }
}

/** Without the length, which the codec may add. */
function plain(pairs: readonly [string, string][]): [string, string][] {
  return pairs.filter(([field]) => field !== 'content-length');
}

function expected(start: string, sent: Message, isBodiless: boolean, informational: number): Received {
  return {
    start,
    fields: sent.fields.map(([field, text]) => [field, text]),
    body: isBodiless ? '' : sent.pieces.join(''),
    trailers: isBodiless || sent.isKnown ? [] : sent.trailers.map(([field, text]) => [field, text]),
    ends: 1,
    informational,
  };
}

describe('client and server', () => {
  it('understand each other, message after message, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(conversation, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
        converse,
      ),
      { numRuns: 300 },
    );
  });

  it('understand each other byte by byte', () => {
    fc.assert(
      fc.property(fc.array(conversation, { minLength: 1, maxLength: 3 }), (conversations) =>
        converse(conversations, [1]),
      ),
      { numRuns: 40 },
    );
  });
});
