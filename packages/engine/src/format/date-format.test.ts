import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDateFormat } from './date-format.ts';

function format(text: string, us: number, isLocal = false): string {
  const compiled = compileDateFormat(text, isLocal);
  if (compiled.kind === 'err') assert.fail(compiled.error);
  return compiled.value.format(us);
}

const at = (iso: string, us = 0) => Date.parse(iso) * 1000 + us;

describe('date formats', () => {
  it('write what strftime writes in the C locale', () => {
    const us = at('2026-11-20T14:05:08.000Z', 55_303);
    const cases: Readonly<Record<string, string>> = {
      '%Y-%m-%dT%H:%M:%S.%3fZ': '2026-11-20T14:05:08.055Z',
      '%s.%6f': '1795183508.055303',
      '%f %1f %9f': '055303000 0 055303000',
      '%c|%x|%X|%r|%R|%T|%D|%F':
        'Fri Nov 20 14:05:08 2026|11/20/26|14:05:08|02:05:08 PM|14:05|14:05:08|11/20/26|2026-11-20',
      '%a %A %b %B %h %^a %p %P': 'Fri Friday Nov November Nov FRI PM pm',
      '%j %U %W %V %G %g %u %w': '324 46 46 47 2026 26 5 5',
      '%-d %_d %e %k %l %I %C %y %03d %5Y': '20 20 20 14  2 02 20 26 020 02026',
      '%z %Ez %Z': '+0000 +00:00 UTC',
      '%E3S %E0S %E4Y%ET%E6f': '08.055 08 2026T055303',
      'no conversion, 100%%': 'no conversion, 100%',
    };
    for (const [text, expected] of Object.entries(cases)) assert.equal(format(text, us), expected, text);
  });

  it('know the weeks of ISO 8601', () => {
    const cases: Readonly<Record<string, string>> = {
      '2021-01-03T12:00:00Z': '2020-53',
      '2021-01-04T12:00:00Z': '2021-01',
      '2024-12-30T12:00:00Z': '2025-01',
      '2020-12-31T12:00:00Z': '2020-53',
      '2019-12-29T12:00:00Z': '2019-52',
    };
    for (const [iso, expected] of Object.entries(cases)) assert.equal(format('%G-%V', at(iso)), expected, iso);
  });

  it('follow the seconds, back and forth', () => {
    const compiled = compileDateFormat('%S.%3f', false);
    if (compiled.kind === 'err') assert.fail(compiled.error);
    const times = ['00:00:01.500Z', '00:00:01.999Z', '00:00:02.000Z', '00:00:01.001Z'];
    assert.deepEqual(
      times.map((time) => compiled.value.format(at(`2026-01-01T${time}`))),
      ['01.500', '01.999', '02.000', '01.001'],
    );
    assert.equal(format('%Y %S.%1f', -500_000), '1969 59.5');
  });

  it('write local times with their offset', () => {
    const us = at('2026-07-01T12:34:56Z');
    const date = new Date(us / 1000);
    const hours = String(date.getHours()).padStart(2, '0');
    assert.equal(format('%H:%M', us, true), `${hours}:${String(date.getMinutes()).padStart(2, '0')}`);
    assert.match(format('%z', us, true), /^[+-]\d{4}$/);
  });

  it('refuse what they do not know by its text', () => {
    for (const text of ['%Q', 'a %', '%10f', '%Ox', '%E*f', '%EY', '%0f', '%-f', '%3a', '%Em']) {
      const compiled = compileDateFormat(text, false);
      assert.equal(compiled.kind, 'err', text);
      if (compiled.kind === 'err') assert.match(compiled.error, /is no conversion of a date/);
    }
  });

  it('agree with ISO for any time', () => {
    const ms = fc.integer({ min: -8_000_000_000_000, max: 8_000_000_000_000 });
    fc.assert(
      fc.property(ms, (each) => {
        const iso = new Date(each).toISOString();
        if (iso.length === 24) assert.equal(format('%E4Y-%m-%dT%H:%M:%S.%3fZ', each * 1000), iso);
      }),
    );
  });

  it('never throw, whatever the format and the time', () => {
    const letters = fc.constantFrom(...'%%%%aAbcCdDeEfFgGhHIjklmMpPrRsStTuUVwWxXyYzZnOQ0123456789-_^#é'.split(''));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), fc.double(), fc.boolean(), (chars, us, isLocal) => {
        const compiled = compileDateFormat(chars.join(''), isLocal);
        if (compiled.kind === 'ok') assert.equal(typeof compiled.value.format(us), 'string');
      }),
    );
  });
});
