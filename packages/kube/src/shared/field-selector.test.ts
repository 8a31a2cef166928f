import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  exactField,
  type FieldRequirement,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
  unknownFieldLabel,
} from './field-selector.ts';
import { ApiStatusError } from './status.ts';

test('conditions are read with all three operators and escapes', () => {
  assert.deepEqual(parseFieldSelector('spec.nodeName!=n1,metadata.name==x,,a=b\\,c\\=d\\\\'), [
    { field: 'a', operator: '=', value: 'b,c=d\\' },
    { field: 'metadata.name', operator: '=', value: 'x' },
    { field: 'spec.nodeName', operator: '!=', value: 'n1' },
  ]);
  assert.deepEqual(parseFieldSelector(''), []);
});

const REFUSALS: readonly [string, string][] = [
  ['abc', "invalid selector: 'abc'; can't understand 'abc'"],
  ['a=b,c', "invalid selector: 'a=b,c'; can't understand 'c'"],
  ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
  ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
];

for (const [selector, message] of REFUSALS) {
  test(`refuses "${selector}"`, () => {
    assert.throws(
      () => parseFieldSelector(selector),
      (thrown: unknown) => thrown instanceof ApiStatusError && thrown.statusCode === 400 && thrown.message === message,
    );
  });
}

test('a selector of unreasonable length is refused without being read', () => {
  assert.throws(() => parseFieldSelector('a=b,'.repeat(20_000)), /80000 characters is too long/);
});

test('a field that a kind does not offer is refused in the words of the API server', () => {
  assert.equal(
    unknownFieldLabel('status.phase', false).message,
    '"status.phase" is not a known field selector: only "metadata.name", "metadata.namespace"',
  );
  assert.equal(unknownFieldLabel('status.phase', true).message, 'field label not supported: status.phase');
});

test('all conditions must hold', () => {
  const object: Record<string, string> = { 'metadata.name': 'x', 'spec.nodeName': 'n1' };
  const matches = (text: string) => matchesFields(parseFieldSelector(text), (field) => object[field] ?? '');
  assert.equal(matches('metadata.name=x,spec.nodeName=n1'), true);
  assert.equal(matches('metadata.name=x,spec.nodeName!=n1'), false);
  assert.equal(matches('spec.other='), true);
  assert.equal(matches(''), true);
});

test('a field that can only have one value is found', () => {
  const requirements = parseFieldSelector('metadata.name=x,a!=b');
  assert.equal(exactField(requirements, 'metadata.name'), 'x');
  assert.equal(exactField(requirements, 'a'), undefined);
});

test('property: the string form is read back to the same conditions', () => {
  const requirement = fc.record(
    {
      field: fc.constantFrom('metadata.name', 'spec.nodeName', 'a'),
      operator: fc.constantFrom<FieldRequirement['operator']>('=', '!='),
      value: fc.string({ unit: 'grapheme' }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 5 }), (requirements) => {
      const byText = (a: FieldRequirement, b: FieldRequirement) =>
        formatFieldSelector([a]) < formatFieldSelector([b]) ? -1 : 1;
      assert.deepEqual(
        parseFieldSelector(formatFieldSelector(requirements)).toSorted(byText),
        requirements.toSorted(byText),
      );
    }),
  );
});

test('fuzz: any text is either read or refused with 400', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom('a', '=', '!', ',', '\\', '😀')).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (selector) => {
      try {
        parseFieldSelector(selector);
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String(thrown));
      }
    }),
    { numRuns: 2000 },
  );
});
