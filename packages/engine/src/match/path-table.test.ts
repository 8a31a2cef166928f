import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { compilePathMatcher, type PathMatcherSpec } from './path-matcher.ts';
import { compilePathTable } from './path-table.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '/'), maxLength: 5 });
const spec: fc.Arbitrary<PathMatcherSpec> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('prefix', 'exact'), value: text, ignoreCase: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('separatedPrefix'),
      value: text.map((value) => `/${value.replace(/\/+$/, '')}a`),
      ignoreCase: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('regex'), regex: fc.constantFrom('/a.*', '.*b', 'a|/b') }),
  fc.record({ kind: fc.constant('template'), template: fc.constantFrom('/a/*', '/{x}', '/**') }),
) as fc.Arbitrary<PathMatcherSpec>;

test('the index yields the same routes in the same order as a scan of the list', () => {
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 25 }), fc.array(text, { minLength: 1, maxLength: 10 }), (specs, paths) => {
      const table = unwrap(compilePathTable(specs, 'routes'));
      const naive = specs.map((one) => unwrap(compilePathMatcher(one, 'route')));
      for (const tail of paths) {
        const path = `/${tail}`;
        const found: number[] = [];
        for (let at = table.next(path, 0); at !== -1; at = table.next(path, at + 1)) found.push(at);
        assert.deepEqual(
          found,
          naive.flatMap((matcher, i) => (matcher.matches(path) ? [i] : [])),
        );
      }
    }),
    { numRuns: 1000 },
  );
});

test('the first route in the list wins, not the longest', () => {
  const table = unwrap(
    compilePathTable(
      [
        { kind: 'exact', value: '/a/b' },
        { kind: 'prefix', value: '/a' },
        { kind: 'prefix', value: '/a/b/c' },
        { kind: 'any' },
      ],
      'routes',
    ),
  );
  assert.equal(table.next('/a/b/c/d', 0), 1);
  assert.equal(table.next('/a/b/c/d', 2), 2);
  assert.equal(table.next('/a/b', 0), 0);
  assert.equal(table.next('/x', 0), 3);
  assert.equal(table.next('/x', 4), -1);
  assert.equal(table.describe(1), 'prefix "/a"');
});

test('a path-separated prefix ends at a slash', () => {
  const table = unwrap(compilePathTable([{ kind: 'separatedPrefix', value: '/api/dev' }], 'routes'));
  for (const path of ['/api/dev', '/api/dev/', '/api/dev/v1']) assert.equal(table.next(path, 0), 0, path);
  for (const path of ['/api/developer', '/api', '/API/dev']) assert.equal(table.next(path, 0), -1, path);
});

test('every mistake is reported with its route', () => {
  const result = compilePathTable(
    [
      { kind: 'separatedPrefix', value: '/a/' },
      { kind: 'regex', regex: '(' },
      { kind: 'template', template: 'x' },
    ],
    'routes',
  );
  assert.deepEqual(result.kind === 'err' && result.error.map((error) => error.path), [
    'routes[0].path_separated_prefix',
    'routes[1].safe_regex',
    'routes[2].path_match_policy',
  ]);
});

test('ten thousand routes are found without a scan', () => {
  const specs = Array.from(
    { length: 10_000 },
    (_, i): PathMatcherSpec => ({ kind: i % 2 ? 'prefix' : 'exact', value: `/svc/${i}/` }),
  );
  const table = unwrap(compilePathTable(specs, 'routes'));
  for (let i = 0; i < 10_000; i += 97) assert.equal(table.next(`/svc/${i}/`, 0), i);
  const before = performance.now();
  for (let i = 0; i < 10_000; i += 1) table.next('/svc/9999/x', 0);
  assert.ok(performance.now() - before < 500);
});
