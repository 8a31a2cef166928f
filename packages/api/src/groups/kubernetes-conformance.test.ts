import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AnyKind, schemaOf } from '../kind/index.ts';
import { resolve, type Schema, validateSchema } from '../schema/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../test-support/arbitrary-value.ts';
import { fieldsOf, missingFields } from '../test-support/model-fields.ts';
import { tokenRequest } from './authentication.k8s.io/index.ts';
import { scale } from './autoscaling/index.ts';
import { kubernetesKinds } from './kubernetes.ts';
import { eviction } from './policy/index.ts';

const PACKAGE = 'kubernetes-models';

interface Model {
  validate(): void;
}

interface Case {
  readonly kind: AnyKind;
  readonly version: string;
  readonly title: string;
  readonly path: string;
}

function cases(): Case[] {
  return kubernetesKinds.flatMap((kind) =>
    kind.versions.map(({ name }) => ({
      kind,
      version: name,
      title: `${kind.kind} ${kind.group === '' ? name : `${kind.group}/${name}`}`,
      path: kind.group === '' ? `${PACKAGE}/${name}/${kind.kind}` : `${PACKAGE}/${kind.group}/${name}/${kind.kind}`,
    })),
  );
}

/** Constants of the model that are not fields. */
const NO_FIELD = /^(apiVersion|kind)=/;

describe('no field of the published models is missing', () => {
  for (const { kind, version, title, path } of cases()) {
    test(title, () => {
      const tree = fieldsOf(path, `I${kind.kind}`);
      assert.ok(tree.members.size > 2, 'the model has fields');
      const missing = missingFields(schemaOf(kind, version), tree).filter((field) => !NO_FIELD.test(field));
      assert.deepEqual(missing, []);
    });
  }

  const bodies: readonly (readonly [string, Schema])[] = [
    ['authentication.k8s.io/v1/TokenRequest', tokenRequest],
    ['autoscaling/v1/Scale', scale],
    ['policy/v1/Eviction', eviction],
  ];
  for (const [path, schema] of bodies) {
    test(path, () => {
      const tree = fieldsOf(`${PACKAGE}/${path}`, `I${path.slice(path.lastIndexOf('/') + 1)}`);
      assert.deepEqual(
        missingFields(schema, tree).filter((field) => !NO_FIELD.test(field)),
        [],
      );
    });
  }
});

/** What we leave to rules, which are not part of the structure: operators of tolerations, and the syntax of quantities. */
const THEIRS_ALONE = [
  /tolerations\/\d+\/operator must be equal to one of the allowed values/,
  /must match format "quantity"/,
];

/** Kinds whose schema contains itself, of which no random values are made. */
const RECURSIVE: ReadonlySet<string> = new Set(['CustomResourceDefinition']);

describe('nothing is accepted that the published models refuse', () => {
  for (const { kind, version, title, path } of cases().filter((one) => !RECURSIVE.has(one.kind.kind))) {
    test(title, async () => {
      const model = ((await import(path)) as Record<string, new (data: unknown) => Model>)[kind.kind]!;
      const schema = structureOf(kind, version);
      const values = arbitraryValue(schema, { maxDepth: 5, maxItems: 2 });
      fc.assert(
        fc.property(fc.oneof(values, values.chain(damaged)), (fields) => {
          if (validateSchema(schema, fields).issues.length > 0) return;
          const theirs = complaintOf(model, fields);
          if (theirs === undefined || THEIRS_ALONE.some((pattern) => pattern.test(theirs))) return;
          assert.fail(`${theirs}: ${JSON.stringify(fields)}`);
        }),
        { numRuns: 60 },
      );
    });
  }
});

/** Fields beside apiVersion, kind and metadata, without cross-field rules. */
function structureOf(kind: AnyKind, version: string): Schema {
  const { properties = {}, ...rest } = resolve(schemaOf(kind, version));
  const own = Object.entries(properties).filter(([name]) => !['apiVersion', 'kind', 'metadata'].includes(name));
  return { ...rest, properties: Object.fromEntries(own.map(([name, schema]) => [name, withoutRules(schema)])) };
}

function complaintOf(model: new (data: unknown) => Model, fields: unknown): string | undefined {
  try {
    new model({ metadata: { name: 'a' }, ...structuredClone(fields as object) }).validate();
    return undefined;
  } catch (error: unknown) {
    return error instanceof Error ? error.message : String(error);
  }
}
