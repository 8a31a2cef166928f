import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DynamicTable } from './dynamic-table.ts';
import { type HeaderField, literalField } from './header-field.ts';

describe('dynamic table', () => {
  it('does what a list with eviction at its end does', () => {
    const operation = fc.oneof(
      fc.record({ insert: fc.nat(300) }),
      fc.record({ resize: fc.constantFrom(0, 100, 1000, 4096, 20_000) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const table = new DynamicTable(4096);
        let model: HeaderField[] = [];
        const sizeOf = () => model.reduce((sum, field) => sum + field.size, 0);
        for (const step of operations) {
          const field = 'insert' in step ? literalField('n', 'v'.repeat(step.insert)) : undefined;
          if ('resize' in step) table.setMaxSize(step.resize);
          const incoming = field?.size ?? 0;
          while (table.mustEvict(incoming)) table.evict();
          while (model.length > 0 && sizeOf() + incoming > table.maxSize) model = model.slice(0, -1);
          if (field !== undefined && field.size <= table.maxSize) {
            table.insert(field);
            model = [field, ...model];
          }
          assert.equal(table.size, sizeOf());
          assert.deepEqual(
            Array.from({ length: table.count }, (_, age) => table.get(age)),
            model,
          );
          assert.equal(table.get(table.count), undefined);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses what does not fit, which is a bug of its owner', () => {
    assert.throws(() => new DynamicTable(40).insert(literalField('name', 'value')), /does not fit/);
  });
});
