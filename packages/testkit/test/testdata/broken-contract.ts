import assert from 'node:assert/strict';
import { contract } from '@weft/testkit';

contract<() => number>('answers', [{ name: 'answers 1', run: (subject) => assert.equal(subject(), 1) }])({
  name: 'wrong',
  create: () => () => 2,
  skips: { 'no such case': 'because' },
});
