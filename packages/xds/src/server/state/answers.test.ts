import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Answers } from './answers.ts';

const no = (message: string) => ({ code: 3, message });

/** Records a response that told these names. */
function send(
  answers: Answers,
  nonce: string,
  names: readonly string[],
  more: { isFull?: boolean; removed?: string[] } = {},
) {
  const { isFull = false, removed = [] } = more;
  const response = { nonce, version: `v${nonce}`, revision: Number(nonce), atMs: Number(nonce) };
  answers.record(response, { resources: names.map((name) => ({ name })), removed, isFull, isAdding: true });
}

describe('Answers', () => {
  it('reads from the words of a client which resources it refuses', () => {
    for (const [message, refused] of [
      ['b: is bad', ['b']],
      ['Error adding/updating cluster(s) a.b: no, c: no', ['a.b', 'c']],
      ['[resource index 1: Cluster message validation failed]', ['b']],
      ['something about "outbound|80||x.y"', ['outbound|80||x.y']],
      ['a long story', ['a']],
      ['nobody knows', ['a', 'b', 'a.b', 'c', 'outbound|80||x.y']],
    ] as const) {
      const answers = new Answers();
      send(answers, '1', ['a', 'b', 'a.b', 'c', 'outbound|80||x.y']);
      const answer = answers.answer('1', no(message), 5);
      assert.deepEqual(answer?.nack?.names, refused, message);
    }
  });

  it('forgets a refusal when what was refused is accepted, removed, or replaced as a whole', () => {
    const answers = new Answers();
    send(answers, '1', ['a', 'b']);
    answers.answer('1', no('a and b'), 5);
    send(answers, '2', ['a']);
    answers.answer('2', undefined, 6);
    assert.deepEqual([...answers.refused], ['b']);
    assert.equal(answers.nack?.message, 'a and b');
    send(answers, '3', [], { removed: ['b'] });
    answers.answer('3', undefined, 7);
    assert.equal(answers.nack, undefined);
    send(answers, '4', ['a', 'b']);
    answers.answer('4', no('a and b'), 8);
    send(answers, '5', ['c'], { isFull: true });
    answers.answer('5', undefined, 9);
    assert.equal(answers.nack, undefined);
    assert.equal(answers.refused.size, 0);
  });

  it('takes an answer for one to all responses before it, and none for those after', () => {
    const answers = new Answers();
    for (const nonce of ['1', '2', '3']) send(answers, nonce, ['a']);
    assert.equal(answers.answer('2', undefined, 5)?.response.version, 'v2');
    assert.equal(answers.answer('1', undefined, 6), undefined);
    assert.equal(answers.isAnswered, false);
    assert.equal(answers.answeredRevision, 2);
    answers.answer('3', undefined, 7);
    assert.equal(answers.isAnswered, true);
  });

  it('gives up waiting for what is old, and for a refusal that is', () => {
    const answers = new Answers();
    send(answers, '1', ['a']);
    send(answers, '9', ['a']);
    assert.equal(answers.waitingSinceMs, 1);
    answers.expire(5);
    assert.equal(answers.waitingSinceMs, 9);
    assert.equal(answers.isSettled, false);
    answers.answer('9', no('a'), 20);
    assert.equal(answers.isSettled, false);
    answers.expire(20);
    assert.equal(answers.isSettled, true);
    assert.equal(answers.waitingSinceMs, undefined);
    assert.equal(answers.nack?.message, 'a', 'which does not make it good');
  });
});
