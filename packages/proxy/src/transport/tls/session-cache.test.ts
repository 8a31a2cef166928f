import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionCache } from './session-cache.ts';

function session(text: string) {
  return { bytes: Buffer.from(text), peer: undefined, isValidated: true };
}

describe('SessionCache', () => {
  it('gives each session once, the newest first, to its own host only', () => {
    const cache = new SessionCache(4);
    cache.put('a', session('1'));
    cache.put('a', session('2'));
    cache.put('b', session('3'));
    assert.equal(cache.take('a')?.bytes.toString(), '2');
    assert.equal(cache.take('a')?.bytes.toString(), '1');
    assert.equal(cache.take('a'), undefined);
    assert.equal(cache.take('b')?.bytes.toString(), '3');
  });

  it('keeps as many as it may, of the hosts that were used last', () => {
    const cache = new SessionCache(2);
    cache.put('a', session('1'));
    cache.put('b', session('2'));
    cache.put('c', session('3'));
    assert.equal(cache.take('a'), undefined);
    assert.ok(cache.take('b') !== undefined && cache.take('c') !== undefined);
    for (let i = 0; i < 100; i++) cache.put('one', session(String(i)));
    assert.equal(cache.take('one')?.bytes.toString(), '99');
    assert.equal(cache.take('one')?.bytes.toString(), '98');
    assert.equal(cache.take('one'), undefined);
  });

  it('keeps none where none may be kept, and none that were forgotten', () => {
    const none = new SessionCache(0);
    none.put('a', session('1'));
    assert.equal(none.take('a'), undefined);
    const cache = new SessionCache(1);
    cache.put('a', session('1'));
    cache.clear();
    assert.equal(cache.take('a'), undefined);
    cache.put('a', session('2'));
    assert.ok(cache.take('a') !== undefined);
  });
});
