import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStaleNonce, isSubscribed, noSubscription, readDeltaNames, readSotwNames, WILDCARD } from './subscription.ts';

// The two examples of xDS, "How the client specifies what resources to return".
describe('state-of-the-world names', () => {
  it('follow the example of the specification', () => {
    const first = readSotwNames(noSubscription, []);
    assert.equal(first.isWildcard, true);
    const second = readSotwNames(first, [WILDCARD, 'A']);
    assert.deepEqual([second.isWildcard, [...second.names]], [true, ['A']]);
    const third = readSotwNames(second, ['A']);
    assert.deepEqual([third.isWildcard, [...third.names]], [false, ['A']]);
    const fourth = readSotwNames(third, []);
    assert.deepEqual([fourth.isWildcard, [...fourth.names]], [false, []]);
  });
});

describe('delta names', () => {
  it('follow the example of the specification', () => {
    const first = readDeltaNames(noSubscription, { subscribe: [], unsubscribe: [], isFirst: true });
    assert.equal(first.isWildcard, true);
    const second = readDeltaNames(first, { subscribe: ['A'], unsubscribe: [], isFirst: false });
    assert.deepEqual([second.isWildcard, [...second.names]], [true, ['A']]);
    const third = readDeltaNames(second, { subscribe: [], unsubscribe: [WILDCARD], isFirst: false });
    assert.deepEqual([third.isWildcard, [...third.names]], [false, ['A']]);
    const fourth = readDeltaNames(third, { subscribe: [], unsubscribe: ['A'], isFirst: false });
    assert.deepEqual([fourth.isWildcard, [...fourth.names]], [false, []]);
    assert.equal(isSubscribed(fourth, 'A'), false);
  });

  it('do not take an acknowledgement for a wildcard', () => {
    const first = readDeltaNames(noSubscription, { subscribe: ['A'], unsubscribe: [], isFirst: true });
    assert.equal(readDeltaNames(first, { subscribe: [], unsubscribe: [], isFirst: false }).isWildcard, false);
  });
});

describe('isStaleNonce', () => {
  it('ignores answers to older responses only', () => {
    assert.equal(isStaleNonce('2', '1'), true);
    assert.equal(isStaleNonce('2', '2'), false);
    assert.equal(isStaleNonce('', ''), false);
  });
});
