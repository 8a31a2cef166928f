import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LabelRequirement } from './label-requirement.ts';
import { LabelSelector, labelSelectorOf, parseLabelSelector } from './label-selector.ts';
import { ApiStatusError } from './status.ts';

const MATCHES: readonly [string, Record<string, string>, boolean][] = [
  ['', { x: 'y' }, true],
  ['x=y,z=w', { x: 'y', z: 'w' }, true],
  ['x=y,z=w', { x: 'w', z: 'w' }, false],
  ['x==y', { x: 'y' }, true],
  ['x!=y', {}, true],
  ['x!=y', { x: 'y' }, false],
  ['x', { x: '' }, true],
  ['!x', { x: '' }, false],
  ['!x', {}, true],
  ['x in (a, b)', { x: 'b' }, true],
  ['x in (a,b)', { x: 'c' }, false],
  ['x in (a,b)', {}, false],
  ['x notin (a,b)', {}, true],
  ['x notin (a,b)', { x: 'a' }, false],
  ['x in ()', { x: '' }, true],
  ['x in (,a)', { x: '' }, true],
  ['x in (a,,)', { x: '' }, true],
  ['x=', { x: '' }, true],
  ['x= ,y', { x: '', y: 'a' }, true],
  ['notin=in', { notin: 'in' }, true],
  ['in in (in)', { in: 'in' }, true],
  ['x>1,z<5', { x: '2', z: '4' }, true],
  ['x>1', { x: '1' }, false],
  ['x>1', { x: 'many' }, false],
  ['x>9223372036854775806', { x: '9223372036854775807' }, true],
  ['constructor', {}, false],
  ['!toString', {}, true],
];

for (const [selector, labels, expected] of MATCHES) {
  test(`"${selector}" ${expected ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
    assert.equal(parseLabelSelector(selector).matches(labels), expected);
  });
}

const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const REFUSALS: readonly [string, string][] = [
  ['x=a=y', "found '=', expected: ',' or 'end of string'"],
  ['!x=a', "found '=', expected: ',' or 'end of string'"],
  ['x,', "found '', expected: identifier after ','"],
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['x y', "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"],
  ['x in a', "unable to parse requirement: found 'a' expected: '('"],
  ['x in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['x in (a,=', "unable to parse requirement: found '=', expected: ',', or identifier"],
  ['x in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
  ['x=!', "unable to parse requirement: found '!', expected: identifier"],
  ['-x', `unable to parse requirement: <nil>: Invalid value: "-x": ${KEY_RULE}`],
  [
    'x<a',
    "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
  [
    'x=-',
    "unable to parse requirement: values[0][x]: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
];

for (const [selector, message] of REFUSALS) {
  test(`refuses "${selector}"`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (thrown: unknown) => thrown instanceof ApiStatusError && thrown.statusCode === 400 && thrown.message === message,
    );
  });
}

test('a selector of unreasonable length is refused without being read', () => {
  assert.throws(() => parseLabelSelector('a,'.repeat(40_000)), /80000 characters is too long/);
});

test('an absent selector object selects nothing, an empty one everything', () => {
  assert.equal(labelSelectorOf(undefined).matches({ a: 'b' }), false);
  assert.equal(labelSelectorOf(null).matches(undefined), false);
  assert.equal(labelSelectorOf({}), LabelSelector.everything);
  assert.equal(labelSelectorOf({}).matches(undefined), true);
});

test('a selector object means the same as its string', () => {
  const selector = labelSelectorOf({
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['b', 'a', 'b'] },
      { key: 'old', operator: 'DoesNotExist' },
      { key: 'track', operator: 'Exists' },
      { key: 'zone', operator: 'NotIn', values: ['x'] },
    ],
  });
  assert.equal(selector.toString(), 'app=web,!old,tier in (a,b),track,zone notin (x)');
});

test('a selector object with an unknown operator or no values is refused', () => {
  assert.throws(
    () => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] }),
    /^ApiStatusError: "Like" is not a valid label selector operator$/,
  );
  assert.throws(
    () => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'toString' }] }),
    /not a valid label selector operator/,
  );
  assert.throws(
    () => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
    /for 'in', 'notin' operators, values set can't be empty/,
  );
});

const key = fc.constantFrom('app', 'in', 'notin', 'example.com/tier', 'a', '0', 'constructor');
const value = fc.constantFrom('', 'a', 'b', 'in', 'A-1_x.y', '7');
const plain = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(fields, { noNullPrototype: true });
const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
  plain({ key, operator: fc.constantFrom('=', '==', '!='), values: value.map((v) => [v]) }),
  plain({
    key,
    operator: fc.constantFrom('in', 'notin'),
    values: fc.uniqueArray(value, { minLength: 1 }).map((v) => v.toSorted()),
  }),
  plain({ key, operator: fc.constantFrom('exists', '!'), values: fc.constant([]) }),
  plain({ key, operator: fc.constantFrom('gt', 'lt'), values: fc.nat().map((n) => [String(n)]) }),
) as fc.Arbitrary<LabelRequirement>;

test('property: the string form is read back to the same selector', () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 6 }), (requirements) => {
      const selector = new LabelSelector(requirements);
      const back = parseLabelSelector(selector.toString());
      assert.deepEqual(back.requirements, selector.requirements);
    }),
  );
});

test('property: a condition and its opposite share out all objects', () => {
  const labels = fc.dictionary(key, value);
  fc.assert(
    fc.property(labels, key, value, (given, k, v) => {
      const selects = (text: string) => parseLabelSelector(text).matches(given);
      assert.notEqual(selects(`${k}=${v}`), selects(`${k}!=${v}`));
      assert.notEqual(selects(`${k} in (${v},x)`), selects(`${k} notin (${v},x)`));
      assert.notEqual(selects(k), selects(`!${k}`));
    }),
  );
});

test('fuzz: any text is either read or refused with 400', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('a', 'in', 'notin', ' ', '(', ')', ',', '!', '=', '==', '<', '>', '1', '\0'))
      .map((p) => p.join('')),
  );
  fc.assert(
    fc.property(text, (selector) => {
      try {
        const read = parseLabelSelector(selector);
        assert.equal(parseLabelSelector(read.toString()).toString(), read.toString());
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String(thrown));
        assert.equal(thrown.statusCode, 400);
      }
    }),
    { numRuns: 2000 },
  );
});
