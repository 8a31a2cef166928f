import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { editDistance, suggest } from './suggest.ts';

describe('suggest', () => {
  it('finds what was probably meant', () => {
    const known = ['version', 'completion', 'apiserver', 'validate', 'explain', 'ls'];
    const cases: Readonly<Record<string, string | undefined>> = {
      versoin: 'version',
      vrsion: 'version',
      val: 'validate',
      apisrever: 'apiserver',
      lz: 'ls',
      sl: 'ls',
      deploy: undefined,
      x: undefined,
      '': undefined,
    };
    for (const [word, expected] of Object.entries(cases)) assert.equal(suggest(word, known), expected, word);
  });

  it('is a distance', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.equal(editDistance(a, b) === 0, a === b);
        assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
      }),
    );
  });
});
