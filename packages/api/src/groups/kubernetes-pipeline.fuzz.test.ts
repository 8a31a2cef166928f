import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AnyKind, type ApiObject, apiVersionOf, prepare, schemaOf } from '../kind/index.ts';
import { resolve, type Schema } from '../schema/index.ts';
import { rowOf } from '../table/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../test-support/arbitrary-value.ts';
import { kubernetesKinds } from './kubernetes.ts';

const SAMPLES = ['a', 'b', '', 'x-y', '10.0.0.1', '::1', '10.0.0.0/8', '500m', '1Gi', '25%', '* * * * *', 'None'];
/** Its schema contains itself, of which no random values are made. */
const RECURSIVE: ReadonlySet<string> = new Set(['CustomResourceDefinition']);

const cases = kubernetesKinds
  .filter((kind) => !RECURSIVE.has(kind.kind))
  .flatMap((kind) =>
    kind.versions.map(({ name }) => ({ kind, version: name, title: `${kind.kind} ${apiVersionOf(kind.group, name)}` })),
  );

function objectsOf(kind: AnyKind, version: string): fc.Arbitrary<ApiObject> {
  const { properties = {}, ...rest } = resolve(schemaOf(kind, version));
  const own = Object.entries(properties).filter(([name]) => !['apiVersion', 'kind', 'metadata'].includes(name));
  const schema: Schema = {
    ...rest,
    properties: Object.fromEntries(own.map(([name, one]) => [name, withoutRules(one)])),
  };
  const values = arbitraryValue(schema, { samples: SAMPLES, maxDepth: 5, maxItems: 2 });
  return fc.oneof(values, values.chain(damaged)).map((fields) => ({
    ...(fields as object),
    apiVersion: apiVersionOf(kind.group, version),
    kind: kind.kind,
    metadata: { name: 'x', uid: '1' },
  }));
}

describe('whatever an object says', () => {
  for (const { kind, version, title } of cases) {
    test(`${title} is judged without a fault, and its defaults are stable`, () => {
      const objects = objectsOf(kind, version);
      fc.assert(
        fc.property(objects, objects, (given, old) => {
          const first = prepare(kind, version, given);
          const again = prepare(kind, version, first.object);
          assert.deepEqual(again.object, first.object);
          assert.deepEqual(again.issues, first.issues);
          if (first.issues.length > 0) return;
          rowOf(kind, version, first.object, 0);
          const same = prepare(kind, version, first.object, { old: first.object });
          assert.deepEqual(same.issues, [], 'an update that changes nothing is allowed');
          const before = prepare(kind, version, old);
          if (before.issues.length === 0) prepare(kind, version, first.object, { old: before.object });
        }),
        { numRuns: 60 },
      );
    });
  }
});
