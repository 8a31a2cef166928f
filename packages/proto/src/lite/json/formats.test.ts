import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { suggest } from './suggest.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts';

describe('base64', () => {
  it('agrees with Node in both alphabets, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const text = encodeBase64(bytes);
        assert.equal(text, Buffer.from(bytes).toString('base64'));
        for (const form of [text, text.replaceAll('=', ''), Buffer.from(bytes).toString('base64url')]) {
          assert.deepEqual(decodeBase64(form), new Uint8Array(bytes));
        }
      }),
    );
  });

  it('refuses other text', () => {
    for (const text of ['A', 'AAAAA', 'A=', 'AAA==', 'AA=', 'AA AA', 'é===', 'AA==AA==', '=']) {
      assert.equal(decodeBase64(text), undefined, text);
    }
  });
});

describe('durations and times', () => {
  it('are read back from what is written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -315_576_000_000n, max: 315_576_000_000n }),
        fc.nat(999_999_999),
        (seconds, nanos) => {
          const time = { seconds, nanos: seconds < 0n && nanos > 0 ? -nanos : nanos };
          assert.deepEqual(parseDuration(formatDuration(time)), time);
        },
      ),
    );
    assert.equal(formatDuration({ seconds: 0n, nanos: -1_000 }), '-0.000001s');
    const moment = { seconds: -62_135_596_800n, nanos: 1 };
    assert.equal(formatTimestamp(moment), '0001-01-01T00:00:00.000000001Z');
    assert.deepEqual(parseTimestamp('0001-01-01T00:00:00.000000001Z'), moment);
    assert.deepEqual(parseTimestamp('1970-01-01T01:00:00+01:00'), { seconds: 0n, nanos: 0 });
  });

  it('are refused in other forms', () => {
    for (const text of ['', 's', '1', '1 s', '.5s', '1.s', '1e1s', '1.0000000001s', '315576000001s', '--1s', '1m']) {
      assert.equal(parseDuration(text), undefined, text);
    }
    for (const text of [
      '2026-13-01T00:00:00Z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00',
      '0000-01-01T00:00:00Z',
    ]) {
      assert.equal(parseTimestamp(text), undefined, text);
    }
    assert.equal(formatTimestamp({ seconds: 2n ** 60n, nanos: 0 }), undefined);
  });
});

describe('suggest', () => {
  it('finds what differs in case, separators and a few letters', () => {
    const names = ['connect_timeout', 'name', 'type'];
    assert.equal(suggest('connectTimeout', names), 'connect_timeout');
    assert.equal(suggest('conect-timout', names), 'connect_timeout');
    assert.equal(suggest('nam', names), 'name');
    assert.equal(suggest('xyz', names), undefined);
    assert.equal(suggest('n'.repeat(1000), names), undefined);
  });
});
