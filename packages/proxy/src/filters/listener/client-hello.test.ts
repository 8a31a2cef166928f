import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseClientHello } from './client-hello.ts';

const MAX = 16 * 1024;

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function vector16(bytes: Buffer): Buffer {
  return Buffer.concat([uint16(bytes.length), bytes]);
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([uint16(type), vector16(value)]);
}

function serverName(name: string): Buffer {
  return extension(0, vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from(name, 'latin1'))])));
}

function protocols(names: readonly string[]): Buffer {
  const list = names.map((name) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1')]));
  return extension(16, vector16(Buffer.concat(list)));
}

function message(extensions: readonly Buffer[] | undefined, sessionIdBytes = 32): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([sessionIdBytes]),
    Buffer.alloc(sessionIdBytes, 9),
    vector16(Buffer.from([0x13, 0x01, 0x13, 0x02])),
    Buffer.from([1, 0]),
    ...(extensions === undefined ? [] : [vector16(Buffer.concat(extensions))]),
  ]);
  return Buffer.concat([Buffer.from([1, body.length >> 16, (body.length >> 8) & 255, body.length & 255]), body]);
}

/** Cuts a message into records after the given numbers of bytes. */
function records(bytes: Buffer, cuts: readonly number[] = []): Buffer {
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  const out: Buffer[] = [];
  let at = 0;
  for (const end of ends) {
    out.push(Buffer.from([22, 3, 1]), vector16(bytes.subarray(at, end)));
    at = end;
  }
  return Buffer.concat(out);
}

function kindOf(bytes: Buffer): string {
  return parseClientHello(bytes, bytes.length, MAX).kind;
}

const hostName = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9-]{1,12}$/), { minLength: 1, maxLength: 5 })
  .map((labels) => labels.join('.'));
const protocolNames = fc.array(fc.stringMatching(/^[!-~]{1,20}$/), { minLength: 1, maxLength: 6 });

describe('parseClientHello', () => {
  it('reads name and protocols however the message is cut into records, and waits at every byte before', () => {
    fc.assert(
      fc.property(
        hostName,
        protocolNames,
        fc.array(fc.nat(300), { maxLength: 8 }),
        fc.integer({ min: 0, max: 32 }),
        (name, names, cuts, sessionIdBytes) => {
          const unknown = extension(0xfafa, Buffer.alloc(3));
          const bytes = records(message([unknown, serverName(name), protocols(names)], sessionIdBytes), cuts);
          // What follows is no longer part of it.
          const all = Buffer.concat([bytes, Buffer.from('anything')]);
          const hello = parseClientHello(all, all.length, MAX);
          assert.deepEqual(hello, {
            kind: 'hello',
            serverName: name.toLowerCase(),
            protocols: names,
            byteLength: bytes.length,
          });
          for (let end = 0; end < bytes.length; end++) {
            assert.equal(parseClientHello(bytes, end, MAX).kind, 'incomplete', `after ${end} of ${bytes.length} bytes`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes a message without extensions, and one without any of interest', () => {
    for (const extensions of [undefined, [], [extension(43, Buffer.from([2, 3, 4]))]]) {
      const bytes = records(message(extensions));
      const hello = parseClientHello(bytes, bytes.length, MAX);
      assert.ok(hello.kind === 'hello');
      assert.deepEqual([hello.serverName, hello.protocols], ['', []]);
    }
  });

  it('knows at the first byte that differs that it is something else', () => {
    assert.equal(kindOf(Buffer.from('GET / HTTP/1.1\r\n\r\n')), 'other');
    assert.equal(kindOf(Buffer.from([22, 2])), 'other', 'SSL 2');
    assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 0])), 'other', 'an empty record');
    assert.equal(kindOf(Buffer.from([22, 3, 1, 0x40, 1])), 'other', 'a record that is too large');
    assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 5, 2])), 'other', 'another message');
    assert.equal(kindOf(Buffer.from([21, 3, 1])), 'other', 'an alert');
  });

  it('believes no message whose lengths do not fit, or that says a thing twice', () => {
    const wrong: readonly (readonly Buffer[])[] = [
      [serverName('a'), serverName('b')],
      [extension(0, vector16(Buffer.alloc(0)))],
      [extension(0, vector16(Buffer.concat([Buffer.from([1]), vector16(Buffer.from('a'))])))],
      [
        extension(
          0,
          Buffer.concat([vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from('a'))])), Buffer.alloc(1)]),
        ),
      ],
      [serverName('a\0b')],
      [serverName('')],
      [serverName('a'.repeat(256))],
      [extension(16, vector16(Buffer.from([0])))],
      [extension(16, vector16(Buffer.from([5, 97])))],
      [extension(16, Buffer.alloc(2))],
      [Buffer.from([0, 1, 0, 9])],
    ];
    for (const extensions of wrong) assert.equal(kindOf(records(message(extensions))), 'other');
    assert.equal(kindOf(records(message([], 33))), 'other', 'a session id that is too long');
  });

  it('does not wait for one that is too large', () => {
    assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x41, 0])), 'tooLarge');
    const tiny = records(
      message([extension(21, Buffer.alloc(8000))]),
      Array.from({ length: 8000 }, (_, i) => i),
    );
    assert.equal(parseClientHello(tiny, MAX + 1, MAX).kind, 'tooLarge', 'many small records');
  });

  it('never throws, whatever comes', () => {
    const real = records(message([serverName('some.name'), protocols(['h2', 'http/1.1'])]));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(real);
        for (const [at, value] of changes) bytes[at] = value;
        kindOf(bytes);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        kindOf(Buffer.concat([Buffer.from([22, 3, 1]), Buffer.from(bytes)]));
      }),
      { numRuns: 1000 },
    );
  });
});
