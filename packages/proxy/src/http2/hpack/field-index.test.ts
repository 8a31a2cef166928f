import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldIndex } from './field-index.ts';
import { type HeaderField, literalField } from './header-field.ts';

/** Fields whose ids fall on few slots, so that chains form and wrap around the end. */
function collidingFields(): HeaderField[] {
  const wanted = [0, 0, 0, 1, 1, 62, 63, 63, 63, 5];
  return Array.from({ length: 40 }, (_, i) => {
    let field = literalField('x-a', '');
    while (field.id % 64 !== wanted[i % wanted.length]) field = literalField('x-a', '');
    return field;
  });
}

describe('field index', () => {
  it('does what a Map does, through collisions, removal and growth', () => {
    const fields = collidingFields();
    const operation = fc.tuple(fc.nat(fields.length - 1), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const index = new FieldIndex();
        const model = new Map<HeaderField, number>();
        for (const [at, sequence] of operations) {
          const field = fields[at]!;
          if (model.delete(field)) {
            index.delete(field);
          } else {
            index.add(field, sequence);
            model.set(field, sequence);
          }
          for (const other of fields) {
            assert.equal(index.has(other), model.has(other));
            if (model.has(other)) assert.equal(index.sequence, model.get(other));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
