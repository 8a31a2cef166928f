import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitTarget } from './url.ts';

test('takes every form of a target apart', () => {
  const cases: [string, string, string][] = [
    ['/a/b?c=d&e', '/a/b', 'c=d&e='],
    ['/a?b?c=d', '/a', 'b%3Fc=d'],
    ['https://host:1/a?b=c', '/a', 'b=c'],
    ['HTTP://host', '/', ''],
    ['https://host?b=c', '/', 'b=c'],
    ['/a/http://b', '/a/http://b', ''],
    ['*', '*', ''],
    ['', '/', ''],
    ['?a', '/', 'a='],
  ];
  for (const [target, path, query] of cases) {
    const split = splitTarget(target);
    assert.deepEqual([split.path, split.query.toString()], [path, query], target);
  }
});
