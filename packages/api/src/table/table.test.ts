import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ApiObject, defineKind } from '../kind/index.ts';
import { object } from '../schema/index.ts';
import { humanAge, humanDuration } from './human-duration.ts';
import { compileJsonPath } from './jsonpath.ts';
import { rowOf, tableColumns } from './table.ts';

describe('humanDuration', () => {
  const S = 1000;
  const M = 60 * S;
  const H = 60 * M;
  const D = 24 * H;
  const cases: [number, string][] = [
    [-2 * S, '<invalid>'],
    [-1.5 * S, '0s'],
    [0, '0s'],
    [999, '0s'],
    [119 * S, '119s'],
    [2 * M, '2m'],
    [2 * M + 5 * S, '2m5s'],
    [9 * M + 59 * S, '9m59s'],
    [10 * M + 30 * S, '10m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [3 * H + 1 * M, '3h1m'],
    [7 * H + 59 * M, '7h59m'],
    [8 * H + 30 * M, '8h'],
    [47 * H + 59 * M, '47h'],
    [2 * D, '2d'],
    [5 * D + 3 * H, '5d3h'],
    [7 * D + 23 * H, '7d23h'],
    [8 * D + 5 * H, '8d'],
    [729 * D, '729d'],
    [730 * D, '2y'],
    [731 * D, '2y1d'],
    [8 * 365 * D - H, '7y364d'],
    [8 * 365 * D, '8y'],
    [20 * 365 * D + 100 * D, '20y'],
  ];
  for (const [ms, text] of cases) it(`${ms} ms is ${text}`, () => assert.equal(humanDuration(ms), text));
  it('tells an age, and when there is none', () => {
    const now = Date.parse('2026-01-01T00:01:00Z');
    assert.deepEqual(
      ['2026-01-01T00:00:00Z', 'x', undefined].map((t) => humanAge(t, now)),
      ['60s', '<invalid>', '<unknown>'],
    );
  });
});

describe('compileJsonPath', () => {
  const root = {
    metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'web', x: 'y' } },
    spec: {
      hosts: ['a', 'b', 'c'],
      matrix: [
        [1, 2],
        [3, 4],
      ],
      n: 3,
    },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', n: 1 },
        { type: 'Synced', status: 'False', n: 2 },
      ],
    },
  };
  const cases: [string, unknown[]][] = [
    ['.metadata.name', ['a']],
    ['{.metadata.name}', ['a']],
    ['$.metadata.name', ['a']],
    ['metadata.name', []],
    ['.spec.hosts', [['a', 'b', 'c']]],
    ['.spec.hosts[0]', ['a']],
    ['.spec.hosts[-1]', ['c']],
    ['.spec.hosts[7]', []],
    ['.spec.hosts[-7]', []],
    ['.spec.hosts[*]', ['a', 'b', 'c']],
    ['.spec.hosts[0:2]', ['a', 'b']],
    ['.spec.hosts[::2]', ['a', 'c']],
    ['.spec.hosts[-2:]', ['b', 'c']],
    ['.spec.hosts[0,2]', ['a', 'c']],
    ['.spec.matrix[*][1]', [2, 4]],
    [
      '.spec.*',
      [
        ['a', 'b', 'c'],
        [
          [1, 2],
          [3, 4],
        ],
        3,
      ],
    ],
    [".metadata.labels['app.kubernetes.io/name']", ['web']],
    [".metadata.labels['x','app.kubernetes.io/name']", ['y', 'web']],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['web']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ["..conditions[?(@.type == 'Ready')].status", ['True']],
    ['.status.conditions[?(@.type!="Ready")].type', ['Synced']],
    ['.status.conditions[?(@.n>1)].type', ['Synced']],
    ['.status.conditions[?(@.n<=1)].type', ['Ready']],
    ['.status.conditions[?(@.reason)].type', []],
    ['.status.conditions[?(@.n)].type', ['Ready', 'Synced']],
    ['..status', [root.status, 'True', 'False']],
    ['.a.b.c', []],
    ['.spec.n.toString', []],
    ['.constructor.name', []],
    ['.', [root]],
  ];
  for (const [path, expected] of cases) {
    if (path === 'metadata.name') continue;
    it(path, () => assert.deepEqual(compileJsonPath(path).evaluate(root), expected));
  }
  const wrong: [string, RegExp][] = [
    ['metadata.name', /at character 1: unexpected "m"/],
    ['.a[', /\] is missing/],
    ['.a[x]', /"x" is no index/],
    ['.a[::0]', /step of 0/],
    ['.a[?(@.b==c)]', /a filter compares/],
    ['.a[?(@.b=="c]', /" is missing/],
    ['.a..', /a name is missing/],
    [`.${'a'.repeat(2000)}`, /longer than 1024/],
  ];
  for (const [path, message] of wrong)
    it(`refuses ${path.slice(0, 20)}`, () => assert.throws(() => compileJsonPath(path), message));
  it('never fails in another way, whatever it is given', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[.[\]*?()@='"a0\-:,$\\{}]{0,20}$/), (text) => {
        try {
          compileJsonPath(text).evaluate(root);
        } catch (error) {
          assert.equal((error as Error).name, 'JsonPathError');
        }
      }),
      { numRuns: 300 },
    );
  });
  it('finds a bounded number of values in a deep object', () => {
    let deep: unknown = 'end';
    for (let i = 0; i < 100_000; i++) deep = { a: deep };
    assert.equal(compileJsonPath('..a').evaluate(deep).length < 20_001, true);
  });
});

describe('tables', () => {
  const kind = defineKind({
    group: 'test.example',
    kind: 'Widget',
    plural: 'widgets',
    scope: 'Namespaced',
    description: 'x',
    fields: { spec: object('s', {}) },
    columns: [
      { name: 'Hosts', type: 'string', value: '.spec.hosts' },
      { name: 'First', type: 'string', value: '.spec.hosts[*]', priority: 1 },
      { name: 'Size', type: 'integer', value: '.spec.size' },
      { name: 'On', type: 'boolean', value: '.spec.on' },
      { name: 'Computed', type: 'string', value: (o, now) => `${o.metadata.name}@${now}` },
      { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' },
    ],
    versions: [
      { name: 'v1', isStorage: true },
      { name: 'v2', columns: [] },
    ],
  });
  const widget: ApiObject = {
    apiVersion: 'test.example/v1',
    kind: 'Widget',
    metadata: { name: 'w', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { hosts: ['a', 'b'], size: 2.7, on: 'yes' },
  };
  it('puts the name first, and shows what the API server would show', () => {
    assert.deepEqual(
      tableColumns(kind, 'v1').map((c) => [c.name, c.type, c.format, c.priority]),
      [
        ['Name', 'string', 'name', 0],
        ['Hosts', 'string', '', 0],
        ['First', 'string', '', 1],
        ['Size', 'integer', '', 0],
        ['On', 'boolean', '', 0],
        ['Computed', 'string', '', 0],
        ['Age', 'date', '', 0],
      ],
    );
    const now = Date.parse('2026-01-06T03:00:00Z');
    assert.deepEqual(rowOf(kind, 'v1', widget, now), ['w', '["a","b"]', 'a', 2, null, `w@${now}`, '5d3h']);
  });
  it('lets a version have columns of its own', () => assert.deepEqual(rowOf(kind, 'v2', widget, 0), ['w']));
  it('shows name and age where a kind says nothing', () => {
    const plain = defineKind({
      group: 'test.example',
      kind: 'Plain',
      plural: 'plains',
      scope: 'Cluster',
      description: 'x',
      fields: {},
      versions: [{ name: 'v1', isStorage: true }],
    });
    assert.deepEqual(rowOf(plain, 'v1', { ...widget, metadata: { name: 'p' } }, 0), ['p', null]);
  });
});
