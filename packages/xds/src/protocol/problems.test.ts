import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeProblems, rejectionOf } from './problems.ts';

describe('rejectionOf', () => {
  it('tells every reason with its resource', () => {
    const { code, message } = rejectionOf([
      { name: 'a', reason: 'no address' },
      { name: '', reason: 'no name' },
    ]);
    assert.equal(code, 3);
    assert.equal(message, 'a: no address; no name');
  });

  it('stays short whatever the reasons are, and counts what it leaves out', () => {
    const problems = Array.from({ length: 5000 }, (_, index) => ({ name: `n${index}`, reason: 'x'.repeat(5000) }));
    const text = describeProblems(problems);
    assert.ok(text.length < 9000, `${text.length} characters`);
    assert.match(text, /^n0: x+….*; and \d{4} more$/s);
  });
});
