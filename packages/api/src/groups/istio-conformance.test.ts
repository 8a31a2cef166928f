import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IWasmPlugin } from '@kubernetes-models/istio/extensions.istio.io/v1alpha1/WasmPlugin';
import type { IAuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy';
import type { IPeerAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication';
import type { IRequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication';
import type { ITelemetry } from '@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry';
import fc from 'fast-check';
import { type AnyKind, apiVersionOf, convertObject, schemaOf } from '../kind/index.ts';
import { validateSchema } from '../schema/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../test-support/arbitrary-value.ts';
import { fieldsOf, missingFields } from '../test-support/model-fields.ts';
import type { WasmPlugin } from './extensions.istio.io/index.ts';
import { extensionsIstioKinds } from './extensions.istio.io/kinds.ts';
import { installIstioKinds } from './install.istio.io/kinds.ts';
import type { AuthorizationPolicy, PeerAuthentication, RequestAuthentication } from './security.istio.io/index.ts';
import { securityIstioKinds } from './security.istio.io/kinds.ts';
import type { Telemetry } from './telemetry.istio.io/index.ts';
import { telemetryIstioKinds } from './telemetry.istio.io/kinds.ts';

/** The types of objects are those of the models: what our kinds accept can be handed to code that is written for them. */
type Spec<T extends { spec?: unknown }> = NonNullable<T['spec']>;
type Assignable<From extends To, To> = [From, To];
export type TypesAgree = [
  Assignable<Spec<AuthorizationPolicy>['rules'], Spec<IAuthorizationPolicy>['rules']>,
  Assignable<Spec<PeerAuthentication>, Spec<IPeerAuthentication>>,
  Assignable<Spec<RequestAuthentication>, Spec<IRequestAuthentication>>,
  Assignable<Spec<Telemetry>['accessLogging'], Spec<ITelemetry>['accessLogging']>,
  Assignable<Spec<WasmPlugin>, Spec<IWasmPlugin>>,
];

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

    const skip = kind.group === 'install.istio.io' ? 'the published IstioOperator has no spec to compare with' : false;
    test('nothing is accepted that the published model refuses', { skip }, async () => {
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
