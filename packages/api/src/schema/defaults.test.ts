import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { integer, lazy, list, map, object, string } from './build.ts';
import { withDefaults } from './defaults.ts';
import type { Schema } from './schema.ts';

describe('withDefaults', () => {
  const schema = object('o', {
    spec: object('s', {
      size: integer('n', { default: 3 }),
      note: string('n', { default: 'x', nullable: true }),
      items: list('l', object('i', { kind: string('k', { default: 'A' }) })),
      byName: map('m', object('i', { kind: string('k', { default: 'B' }) })),
      nested: object('n', { deep: string('d', { default: 'D' }) }, { default: {} }),
      optional: object('p', { deep: string('d', { default: 'D' }) }),
    }),
  });

  it('fills in what is absent, also inside lists, maps and defaults, and copies', () => {
    const given = { spec: { items: [{}, { kind: 'Z' }], byName: { a: {} } } };
    const before = structuredClone(given);
    assert.deepEqual(withDefaults(schema, given), {
      spec: {
        size: 3,
        note: 'x',
        items: [{ kind: 'A' }, { kind: 'Z' }],
        byName: { a: { kind: 'B' } },
        nested: { deep: 'D' },
      },
    });
    assert.deepEqual(given, before);
  });

  it('reads null as absent unless null is allowed', () => {
    const value = withDefaults(schema, { spec: { size: null, note: null } }) as { spec: Record<string, unknown> };
    assert.deepEqual([value.spec['size'], value.spec['note']], [3, null]);
  });

  it('creates no object that was not given', () => {
    assert.deepEqual(withDefaults(schema, {}), {});
    assert.equal('optional' in (withDefaults(schema, { spec: {} }) as { spec: object }).spec, false);
  });

  it('returns the value itself when nothing is missing, and never shares a default', () => {
    const full = withDefaults(schema, { spec: {} }) as { spec: { nested: object } };
    assert.equal(withDefaults(schema, full), full);
    assert.notEqual((withDefaults(schema, { spec: {} }) as typeof full).spec.nested, full.spec.nested);
  });

  it('takes nothing inherited for a given value', () => {
    const odd = object('o', {
      constructor: string('c', { default: 'x' }),
      ['__proto__']: string('p', { default: 'y' }),
    });
    assert.equal(JSON.stringify(withDefaults(odd, {})), '{"constructor":"x","__proto__":"y"}');
  });

  it('finds defaults through recursion', () => {
    interface Tree {
      n?: number;
      kids?: Tree[];
    }
    const tree: Schema<Tree> = object('t', {
      kids: list(
        'k',
        lazy<Tree>('tree', 't', () => tree),
      ),
      n: integer('n', { default: 1 }),
    });
    assert.deepEqual(withDefaults(tree, { kids: [{ kids: [{}] }] }), { n: 1, kids: [{ n: 1, kids: [{ n: 1 }] }] });
  });
});
