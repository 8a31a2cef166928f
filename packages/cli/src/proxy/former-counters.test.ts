import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CounterList } from '@weft/proxy';
import { CounterIncrements, FormerCounters } from './former-counters.ts';

const requests = (value: number): CounterList => [['http.web', 'downstream_rq_total', value]];

describe('what workers have counted that are gone', () => {
  it('goes on when one ends without a word, as far as it has told', () => {
    const former = new FormerCounters();
    const crashed = {};
    former.note(crashed, requests(3));
    former.note(crashed, requests(4));
    assert.deepEqual(former.total, []);
    former.settle(crashed);
    assert.deepEqual(former.total, requests(7));
  });

  it('is what one says when it leaves, in the place of what it has told before', () => {
    const former = new FormerCounters();
    const leaving = {};
    former.note(leaving, requests(3));
    former.take(leaving, requests(5));
    former.note(leaving, requests(1));
    assert.deepEqual(former.total, requests(5));
    former.take(leaving, requests(6));
    former.settle(leaving);
    former.settle(leaving);
    assert.deepEqual(former.total, requests(6));
  });

  it('is forgotten when somebody resets the counters', () => {
    const former = new FormerCounters();
    const [crashed, leaving] = [{}, {}];
    former.note(crashed, requests(3));
    former.take(leaving, requests(5));
    former.reset();
    former.settle(crashed);
    assert.deepEqual(former.total, []);
    former.note(crashed, requests(1));
    former.settle(crashed);
    assert.deepEqual(former.total, requests(1));
  });

  it('is bounded: what nobody counts any more goes first, then the oldest', () => {
    const former = new FormerCounters(2);
    const named = (name: string): CounterList => [[`cluster.${name}`, 'upstream_rq_total', 1]];
    former.note({}, named('a'));
    for (const name of ['a', 'b', 'c', 'd']) {
      const worker = {};
      former.note(worker, named(name));
      former.settle(worker);
    }
    assert.deepEqual(
      former.total.map(([scope]) => scope),
      ['cluster.a', 'cluster.d'],
    );
    const last = {};
    for (const name of ['x', 'y', 'z']) former.note(last, named(name));
    former.settle(last);
    assert.equal(former.total.length, 2);
  });
});

describe('increments', () => {
  it('are what has come since the last time, also after a reset, and nothing where nothing has', () => {
    const increments = new CounterIncrements();
    assert.deepEqual(increments.take(requests(5)), requests(5));
    assert.deepEqual(increments.take(requests(5)), []);
    assert.deepEqual(increments.take(requests(8)), requests(3));
    assert.deepEqual(increments.take(requests(2)), requests(2));
    assert.deepEqual(increments.take([]), []);
    assert.deepEqual(increments.take(requests(1)), requests(1));
  });
});
