import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ChunkEvent, ChunkedParser } from './chunked.ts';
import { type WireErrorName, wireErrorInfo } from './wire-errors.ts';

const LIMITS = { maxExtensionBytes: 10, maxTrailerBytes: 60, maxTrailerFields: 3 };

interface Outcome {
  readonly result: string;
  readonly data: string;
  readonly trailers: readonly string[];
  readonly taken: number;
}

/** Feeds text in pieces ending at `ends`; each piece is a buffer of its own, so nothing behind it can be read. */
function parse(text: string, ends: readonly number[] = [], parser = new ChunkedParser(LIMITS)): Outcome {
  const source = Buffer.from(text, 'latin1');
  let data = '';
  let from = 0;
  for (const end of [...ends, source.length]) {
    const piece = Uint8Array.from(source.subarray(from, end));
    let event = ChunkEvent.data as number;
    for (let at = 0; event === ChunkEvent.data; at = parser.position) {
      event = parser.next(piece, at, piece.length);
      if (event === ChunkEvent.data)
        data += Buffer.from(piece.subarray(parser.dataStart, parser.dataEnd)).toString('latin1');
    }
    if (event < 0) return { result: wireErrorInfo(event).name, data, trailers: [], taken: -1 };
    if (event === ChunkEvent.end) {
      return { result: 'end', data, trailers: trailersOf(parser), taken: from + parser.position };
    }
    from = end;
  }
  return { result: 'more', data, trailers: [], taken: from };
}

function trailersOf({ trailers, trailerBytes }: ChunkedParser): readonly string[] {
  if (trailers === undefined || trailerBytes === undefined) return [];
  const text = (start: number, end: number) => Buffer.from(trailerBytes.subarray(start, end)).toString('latin1');
  return Array.from(
    { length: trailers.fieldCount },
    (_, i) =>
      `${text(trailers.nameStart(i), trailers.nameEnd(i))}=${text(trailers.valueStart(i), trailers.valueEnd(i))}`,
  );
}

const CASES: readonly (readonly [string, 'end' | 'more' | WireErrorName, string?])[] = [
  ['0\r\n\r\n', 'end', ''],
  ['000\r\n\r\nGET', 'end', ''],
  ['3\r\nabc\r\n0\r\n\r\n', 'end', 'abc'],
  ['a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n', 'end', '01234567890123456789a'],
  ['3;a=b\r\nabc\r\n0;c\r\n\r\n', 'end', 'abc'],
  ['2\r\n\r\n\r\n0\r\n\r\n', 'end', '\r\n'],
  ['0\r\nX-A: b \r\nGrpc-Status: 0\r\n\r\n', 'end', ''],
  ['3\r\nab', 'more', 'ab'],
  ['3\r\nabcd\r\n', 'chunkNotTerminated'],
  ['3\r\nabc\n0\r\n\r\n', 'chunkNotTerminated'],
  ['3\r\nabc\r0\r\n\r\n', 'chunkNotTerminated'],
  ['3\nabc\r\n', 'bareLf'],
  ['3\rabc\r\n', 'bareCr'],
  ['\r\n', 'invalidChunkSize'],
  [';a\r\n', 'invalidChunkSize'],
  ['+3\r\nabc\r\n', 'invalidChunkSize'],
  ['-1\r\n', 'invalidChunkSize'],
  ['0x3\r\nabc\r\n', 'invalidChunkSize'],
  [' 3\r\nabc\r\n', 'invalidChunkSize'],
  ['3 \r\nabc\r\n', 'invalidChunkSize'],
  ['3 ;a\r\nabc\r\n', 'invalidChunkSize'],
  ['3_0\r\n', 'invalidChunkSize'],
  ['g\r\n', 'invalidChunkSize'],
  ['0000000000000000\r\n', 'chunkSizeOverflow'],
  ['ffffffffffffffff1\r\n', 'chunkSizeOverflow'],
  ['fffffffffffffff\r\n', 'chunkSizeOverflow'],
  ['1fffffffffffff\r\n', 'more'],
  ['3;a\nb\r\n', 'bareLf'],
  ['3;a\0\r\n', 'invalidChunkExtension'],
  ['3;a\rb\r\n', 'bareCr'],
  ['3;0123456789\r\n', 'more'],
  ['3;0123456789x\r\n', 'chunkExtensionTooLarge'],
  ['1;01234\r\na\r\n1;0123456\r\n', 'chunkExtensionTooLarge'],
  ['0\r\n\r', 'more'],
  ['0\r\n\n', 'bareLf'],
  ['0\r\n\rX', 'bareCr'],
  ['0\r\nTransfer-Encoding: chunked\r\n\r\n', 'forbiddenTrailer'],
  ['0\r\ncontent-length: 1\r\n\r\n', 'forbiddenTrailer'],
  ['0\r\nHOST: a\r\n\r\n', 'forbiddenTrailer'],
  ['0\r\nX: a\r\n b\r\n\r\n', 'obsFold'],
  ['0\r\n X: a\r\n\r\n', 'obsFold'],
  ['0\r\nX : a\r\n\r\n', 'whitespaceBeforeColon'],
  ['0\r\nX: a\n\r\n', 'bareLf'],
  ['0\r\nX: \0\r\n\r\n', 'controlCharacter'],
  ['0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n', 'end'],
  ['0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n', 'tooManyFields'],
  [`0\r\nA: ${'x'.repeat(60 - 7)}\r\n\r\n`, 'end'],
  [`0\r\nA: ${'x'.repeat(60 - 6)}\r\n\r\n`, 'headTooLarge'],
];

suite('chunked parser', () => {
  for (const [text, expected, data] of CASES) {
    test(`${JSON.stringify(text)}: ${expected}`, () => {
      const whole = parse(text);
      assert.equal(whole.result, expected);
      if (data !== undefined) assert.equal(whole.data, data);
      const everywhere = Array.from({ length: text.length }, (_, i) => i);
      assert.deepEqual(parse(text, everywhere), whole);
      for (const end of everywhere) assert.deepEqual(parse(text, [end]), whole);
    });
  }

  test('says where the body ends and keeps the trailers', () => {
    const outcome = parse('1\r\na\r\n0\r\nX-A: b \r\nGrpc-Status: 0\r\n\r\nGET /');
    assert.deepEqual(outcome.trailers, ['X-A=b', 'Grpc-Status=0']);
    assert.equal(outcome.taken, '1\r\na\r\n0\r\nX-A: b \r\nGrpc-Status: 0\r\n\r\n'.length);
  });

  test('is reused after reset and stays at its end until then', () => {
    const parser = new ChunkedParser(LIMITS);
    for (const [text] of CASES) {
      parse(text, [], parser);
      parser.reset();
      assert.deepEqual(parse('1\r\na\r\n0\r\n\r\n', [], parser), { result: 'end', data: 'a', trailers: [], taken: 11 });
      assert.equal(parser.next(Buffer.from('x'), 0, 1), ChunkEvent.end);
      assert.equal(parser.position, 0);
      parser.reset();
    }
  });

  test('gives back any data, at any split', () => {
    const chunks = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(300), { maxLength: 6 }), (pieces, cuts) => {
        const body = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
        const text = `${body}0\r\nX: y\r\n\r\n`;
        const ends = cuts.filter((cut) => cut < text.length).sort((a, b) => a - b);
        const expected = { result: 'end', data: pieces.join(''), trailers: ['X=y'], taken: text.length };
        assert.deepEqual(parse(text, ends), expected);
      }),
    );
  });

  test('noise ends in a result, the same at any split', () => {
    const noise = fc.array(fc.constantFrom('0', '5', 'a', '\r\n', '\r', '\n', ';', 'X: b', ' ', '\0'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(noise, fc.nat(60), (pieces, cut) => {
        const text = pieces.join('');
        assert.deepEqual(parse(text, [Math.min(cut, text.length)]), parse(text));
      }),
      { numRuns: 2000 },
    );
  });
});
