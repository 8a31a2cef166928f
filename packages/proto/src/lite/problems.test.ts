import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problems } from './problems.ts';

describe('Problems', () => {
  it('names fields, elements and keys behind its base', () => {
    const report = new Problems('static_resources.listeners[0]');
    report.enter('filter_chains');
    report.enterIndex(2);
    report.enter('options');
    report.enterKey('a.b"c');
    report.add('name', 'is missing');
    report.add('', 'is odd');
    report.leaveTo(1);
    report.add('', 'is empty');
    report.leave();
    report.add('', 'is wrong');
    assert.deepEqual(report.toString().split('\n'), [
      'static_resources.listeners[0].filter_chains[2].options["a.b\\"c"].name: is missing',
      'static_resources.listeners[0].filter_chains[2].options["a.b\\"c"]: is odd',
      'static_resources.listeners[0].filter_chains: is empty',
      'static_resources.listeners[0]: is wrong',
    ]);
  });

  it('begins paths with the first field when it has no base', () => {
    const report = new Problems();
    report.add('', 'no message');
    report.enter('name');
    report.add('', 'too long');
    assert.deepEqual(report.list, [
      { path: '', reason: 'no message' },
      { path: 'name', reason: 'too long' },
    ]);
    assert.equal(report.toString(), 'no message\nname: too long');
  });

  it('keeps a limited number of problems and of characters in a key', () => {
    const report = new Problems('', 2);
    report.enterKey('k'.repeat(1000));
    for (let i = 0; i < 5; i++) report.add('', 'x');
    assert.equal(report.list.length, 2);
    assert.equal(report.dropped, 3);
    assert.ok(report.list[0]!.path.length < 120);
    assert.match(report.toString(), /\nand 3 more$/);
  });
});
