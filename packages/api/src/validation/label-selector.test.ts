import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FieldPath, formatIssue, IssueReport } from '../schema/index.ts';
import { checkLabelSelector, formatLabelSelector, type LabelSelector, selectsLabels } from './label-selector.ts';

function problems(selector: LabelSelector): string[] {
  const report = new IssueReport();
  checkLabelSelector(FieldPath.root.child('selector'), selector, report);
  return report.issues.map(formatIssue);
}

describe('a selector that cannot be evaluated is refused', () => {
  const requirement = (key: string, operator: string, values?: string[]): LabelSelector => ({
    matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
  });
  test('In and NotIn need values', () => {
    for (const operator of ['In', 'NotIn']) {
      assert.deepEqual(problems(requirement('a', operator)), [
        "selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ]);
    }
  });
  test('Exists and DoesNotExist have none', () => {
    assert.deepEqual(problems(requirement('a', 'Exists', ['x'])), [
      "selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ]);
  });
  test('other operators do not exist', () => {
    assert.deepEqual(problems(requirement('a', 'Gt', ['1'])), [
      'selector.matchExpressions[0].operator: Invalid value: "Gt": not a valid selector operator',
    ]);
  });
  test('keys and values must be possible labels', () => {
    assert.match(
      problems({ matchLabels: { 'a b': 'c' } })[0]!,
      /^selector\.matchLabels: Invalid value: "a b": name part/,
    );
    assert.match(
      problems({ matchLabels: { a: '-' } })[0]!,
      /^selector\.matchLabels: Invalid value: "-": a valid label/,
    );
  });
});

test('an absent selector selects nothing, an empty one everything', () => {
  assert.equal(selectsLabels(undefined, { a: 'b' }), false);
  assert.equal(selectsLabels({}, { a: 'b' }), true);
  assert.equal(selectsLabels({}, undefined), true);
});

test('NotIn is also satisfied by an absent label', () => {
  const selector = { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] };
  assert.equal(selectsLabels(selector, {}), true);
  assert.equal(selectsLabels(selector, { a: 'b' }), false);
});

test('labels that objects inherit are not labels', () => {
  assert.equal(selectsLabels({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {}), false);
});

test('matchLabels and In with one value are the same', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
  fc.assert(
    fc.property(labels, labels, (wanted, has) => {
      const expressions = Object.entries(wanted).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
      assert.equal(selectsLabels({ matchLabels: wanted }, has), selectsLabels({ matchExpressions: expressions }, has));
    }),
  );
});

test('In is the opposite of NotIn, and Exists of DoesNotExist', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
  fc.assert(
    fc.property(labels, fc.constantFrom('x', 'y'), (has, value) => {
      const judge = (operator: string, values?: string[]) =>
        selectsLabels({ matchExpressions: [{ key: 'a', operator, ...(values === undefined ? {} : { values }) }] }, has);
      assert.notEqual(judge('In', [value]), judge('NotIn', [value]));
      assert.notEqual(judge('Exists'), judge('DoesNotExist'));
    }),
  );
});

test('a selector is written as kubectl writes it', () => {
  assert.equal(formatLabelSelector(undefined), '<none>');
  assert.equal(formatLabelSelector({}), '<none>');
  assert.equal(
    formatLabelSelector({
      matchLabels: { b: '2', a: '1' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['y', 'x'] },
        { key: 'old', operator: 'DoesNotExist' },
        { key: 'env', operator: 'Exists' },
        { key: 'zone', operator: 'NotIn', values: ['q'] },
      ],
    }),
    'a=1,b=2,env,!old,tier in (x,y),zone notin (q)',
  );
});
