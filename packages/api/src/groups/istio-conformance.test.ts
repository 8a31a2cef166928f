import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AnyKind, apiVersionOf, convertObject, schemaOf } from '../kind/index.ts';
import { validateSchema } from '../schema/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../test-support/arbitrary-value.ts';
import { fieldsOf, missingFields } from '../test-support/model-fields.ts';
import { extensionsIstioKinds } from './extensions.istio.io/kinds.ts';
import { installIstioKinds } from './install.istio.io/kinds.ts';
import { securityIstioKinds } from './security.istio.io/kinds.ts';
import { telemetryIstioKinds } from './telemetry.istio.io/kinds.ts';

const PACKAGE = '@kubernetes-models/istio';
const kinds = [...securityIstioKinds, ...telemetryIstioKinds, ...extensionsIstioKinds, ...installIstioKinds];

interface Model {
  validate(): void;
}

async function complaintOf(kind: AnyKind): Promise<(spec: unknown) => string | undefined> {
  const path = `${PACKAGE}/${kind.group}/${kind.storageVersion}/${kind.kind}`;
  const model = ((await import(path)) as Record<string, new (data: unknown) => Model>)[kind.kind]!;
  return (spec) => {
    try {
      new model({ metadata: { name: 'a' }, spec: structuredClone(spec) }).validate();
      return undefined;
    } catch (error: unknown) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

/** The oracle writes unions as structure, we as rules; the guides and tables of the kinds test those. */
const UNION =
  /must match exactly one schema|must NOT be valid|must have required property (provider|metric|customMetric|literal|environment|formatter|header)$/;

for (const kind of kinds) {
  describe(kind.kind, () => {
    for (const version of kind.versions) {
      test(`no field of the published model is missing in ${version.name}`, () => {
        const tree = fieldsOf(`${PACKAGE}/${kind.group}/${version.name}/${kind.kind}`);
        assert.ok(tree.members.size > 0);
        assert.deepEqual(missingFields(schemaOf(kind, version.name), tree), []);
      });
    }

    test('nothing is accepted that the published model refuses', async () => {
      const complaint = await complaintOf(kind);
      const structure = withoutRules(kind.fields['spec']!);
      const values = arbitraryValue(structure, { maxItems: 2 });
      fc.assert(
        fc.property(fc.oneof(values, values.chain(damaged)), (spec) => {
          if (validateSchema(structure, spec).issues.length > 0) return;
          const theirs = complaint(spec);
          if (theirs !== undefined && !UNION.test(theirs)) assert.fail(`${theirs}: ${JSON.stringify(spec)}`);
        }),
        { numRuns: 100 },
      );
    });

    test('objects pass through all versions unchanged', () => {
      const object = {
        apiVersion: apiVersionOf(kind.group, kind.storageVersion),
        kind: kind.kind,
        metadata: { name: 'a' },
        spec: { x: { y: [1] } },
      };
      for (const version of kind.versions) {
        const there = convertObject(kind, object, version.name);
        assert.deepEqual(convertObject(kind, there, kind.storageVersion), object);
      }
    });
  });
}
