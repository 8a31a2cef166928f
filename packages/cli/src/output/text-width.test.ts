import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printable, textWidth } from './text-width.ts';

describe('text from outside', () => {
  it('cannot steer the terminal', () => {
    assert.equal(printable('a\x1b[31mb\r\n\tc\u202ed'), 'a\\u001b[31mb\\u000d\\n\\tc\\u202ed');
    assert.equal(printable('plain text, ünïcode, 機械'), 'plain text, ünïcode, 機械');
  });

  it('is as wide as it looks', () => {
    assert.equal(textWidth('abc'), 3);
    assert.equal(textWidth('機械'), 4);
    assert.equal(textWidth('e\u0301'), 1);
    assert.equal(textWidth('✓'), 1);
    assert.equal(textWidth('🚀'), 2);
  });
});
