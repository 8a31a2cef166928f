import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileCel, typeName } from '@weft/cel';
import { any, integer, list, map, object, string } from '../schema/index.ts';
import { escapePropertyName } from './escape.ts';
import { celRootTypeOf, celTypeOf } from './schema-types.ts';

describe('types of schemas in CEL', () => {
  const self = celTypeOf(
    object('o', {
      when: string('w', { format: 'date-time' }),
      span: string('s', { format: 'duration' }),
      data: string('d', { format: 'byte' }),
      names: list('l', string('n'), { listType: 'set' }),
      'a-b.c/d': string('x'),
      free: any('f'),
    }),
  );
  const evaluate = (expression: string, value: unknown): unknown =>
    compileCel(expression, { variables: { self } }).evaluate({ self: value });
  it('follow the formats of texts', () => {
    const value = { when: '2026-01-02T03:04:05.006Z', span: '1h30m', data: 'aGk=' };
    assert.equal(
      evaluate("self.when.getFullYear() == 2026 && self.span.getMinutes() == 90 && string(self.data) == 'hi'", value),
      true,
    );
  });
  it('know that sets have no order', () => {
    assert.equal(evaluate("self.names == ['y', 'x']", { names: ['x', 'y'] }), true);
  });
  it('spell names that are no identifiers', () => {
    assert.equal(evaluate("self.a__dash__b__dot__c__slash__d == 'odd'", { 'a-b.c/d': 'odd' }), true);
    assert.deepEqual(['a', 'in', 'a-b', 'a__b', 'a.b/c', '1a', 'a b', ''].map(escapePropertyName), [
      'a',
      '__in__',
      'a__dash__b',
      'a__underscores__b',
      'a__dot__b__slash__c',
      undefined,
      undefined,
      undefined,
    ]);
  });
  it('leave out what is not described', () => {
    assert.throws(() => evaluate('self.free', {}), /undefined field 'free'/);
  });
  it('see of metadata the name only', () => {
    const root = {
      self: celRootTypeOf(object('r', { metadata: object('m', { name: string('n'), labels: map('l', string('v')) }) })),
    };
    assert.equal(
      compileCel("self.metadata.name == 'a' && self.kind == 'K'", { variables: root }).evaluate({
        self: { kind: 'K', metadata: { name: 'a' } },
      }),
      true,
    );
    assert.throws(() => compileCel('self.metadata.labels', { variables: root }), /undefined field 'labels'/);
  });
  it('are named as cel-go does', () => {
    assert.equal(typeName(celTypeOf(list('l', map('m', integer('i'))))), 'list(map(string, int))');
  });
});
