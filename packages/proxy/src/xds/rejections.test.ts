import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Rejection, Rejections } from './rejections.ts';

function rejection(name: string, size = 0): Rejection {
  const key = { typeUrl: 'type', name, source: 'ads' };
  return { key, received: { version: '1', bytes: new Uint8Array(size), atMs: 0 }, reason: '' };
}

function names(rejections: Rejections): readonly string[] {
  return Array.from(rejections.all, ({ key }) => key.name);
}

describe('what was refused', () => {
  it('is remembered by resource, the last version of each', () => {
    const rejections = new Rejections();
    rejections.add(rejection('a'));
    rejections.add(rejection('b'));
    rejections.add(rejection('a'));
    assert.deepEqual(names(rejections), ['b', 'a']);
    rejections.remove({ typeUrl: 'type', name: 'b', source: 'ads' });
    rejections.clear('other', 'type');
    assert.deepEqual(names(rejections), ['a']);
    rejections.clear('ads', 'type');
    assert.deepEqual(names(rejections), []);
  });

  it('is bounded by number', () => {
    const rejections = new Rejections();
    for (let i = 0; i <= 1000; i++) rejections.add(rejection(`${i}`));
    assert.equal(names(rejections).length, 1000);
    assert.equal(names(rejections)[0], '1');
  });

  it('is bounded by size: one that is too large alone is not kept', () => {
    const rejections = new Rejections(100);
    rejections.add(rejection('a', 40));
    rejections.add(rejection('b', 40));
    rejections.add(rejection('a', 60));
    assert.deepEqual(names(rejections), ['b', 'a']);
    rejections.add(rejection('c', 30));
    assert.deepEqual(names(rejections), ['a', 'c']);
    rejections.add(rejection('d', 101));
    assert.deepEqual(names(rejections), []);
    rejections.add(rejection('e', 100));
    assert.deepEqual(names(rejections), ['e']);
  });
});
