import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DestinationRule as UpstreamDestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule';
import { type IGateway, Gateway as UpstreamGateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway';
import {
  type IServiceEntry,
  ServiceEntry as UpstreamServiceEntry,
} from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry';
import { type ISidecar, Sidecar as UpstreamSidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar';
import {
  type IVirtualService,
  VirtualService as UpstreamVirtualService,
} from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService';
import { WorkloadEntry as UpstreamWorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry';
import { WorkloadGroup as UpstreamWorkloadGroup } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadGroup';
import { EnvoyFilter as UpstreamEnvoyFilter } from '@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter';
import { ProxyConfig as UpstreamProxyConfig } from '@kubernetes-models/istio/networking.istio.io/v1beta1/ProxyConfig';
import fc from 'fast-check';
import { type AnyKind, apiVersionOf, convertObject, schemaOf } from '../../kind/index.ts';
import { resolve, type Schema, type SchemaRule, validateSchema } from '../../schema/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../../test-support/arbitrary-value.ts';
import { fieldsOf, missingFields } from '../../test-support/model-fields.ts';
import type { Gateway } from './gateway.ts';
import { networkingIstioKinds } from './kinds.ts';
import type { ServiceEntry } from './service-entry.ts';
import type { Sidecar } from './sidecar.ts';
import type { VirtualService } from './virtual-service.ts';

for (const kind of networkingIstioKinds) {
  for (const version of kind.versions) {
    test(`no field is missing: ${kind.kind} ${version.name}`, () => {
      const tree = fieldsOf(`@kubernetes-models/istio/${kind.group}/${version.name}/${kind.kind}`);
      assert.ok(tree.members.size > 0);
      assert.deepEqual(missingFields(schemaOf(kind, version.name), tree), []);
    });
  }
}

/** Fields that are newer than the models, which know those of 1.29. */
const NEWER = {
  VirtualService: ['prefixRewrite'],
  DestinationRule: ['http2KeepAlive', 'zoneAwareLbSetting', 'budgetInterval'],
};

test('fields newer than the models are the only ones beside them', () => {
  for (const [kindName, names] of Object.entries(NEWER)) {
    const kind = networkingIstioKinds.find((candidate) => candidate.kind === kindName)!;
    const text = JSON.stringify(schemaOf(kind, 'v1'));
    for (const name of names) assert.ok(text.includes(`"${name}"`), name);
  }
});

/** The types of objects are those of the models: what our kinds accept can be handed to code that is written for them. */
type Spec<T extends { spec?: unknown }> = NonNullable<T['spec']>;
type Assignable<From extends To, To> = [From, To];
export type TypesAgree = [
  Assignable<Spec<Gateway>, Spec<IGateway>>,
  Assignable<Spec<Sidecar>['egress'], Spec<ISidecar>['egress']>,
  Assignable<Spec<ServiceEntry>['ports'], Spec<IServiceEntry>['ports']>,
  Assignable<Spec<ServiceEntry>['endpoints'], Spec<IServiceEntry>['endpoints']>,
  Assignable<Spec<VirtualService>['tls'], Spec<IVirtualService>['tls']>,
  Assignable<Spec<VirtualService>['tcp'], Spec<IVirtualService>['tcp']>,
];

type Model = new (data: never) => { validate(): void };
const MODELS: Readonly<Record<string, Model>> = {
  VirtualService: UpstreamVirtualService as unknown as Model,
  DestinationRule: UpstreamDestinationRule as unknown as Model,
  Gateway: UpstreamGateway as unknown as Model,
  ServiceEntry: UpstreamServiceEntry as unknown as Model,
  Sidecar: UpstreamSidecar as unknown as Model,
  WorkloadEntry: UpstreamWorkloadEntry as unknown as Model,
  WorkloadGroup: UpstreamWorkloadGroup as unknown as Model,
  EnvoyFilter: UpstreamEnvoyFilter as unknown as Model,
  ProxyConfig: UpstreamProxyConfig as unknown as Model,
};

function upstreamAccepts(kind: AnyKind, spec: unknown): boolean {
  const data = { metadata: { name: 'a' }, spec: structuredClone(spec) };
  try {
    new MODELS[kind.kind]!(data as never).validate();
    return true;
  } catch {
    return false;
  }
}

for (const kind of networkingIstioKinds) {
  const spec = withoutRules(kind.fields['spec']!);

  test(`random specs that fit are accepted by the models too: ${kind.kind}`, () => {
    fc.assert(
      fc.property(arbitraryValue(spec, { maxItems: 2 }), (value) => {
        // Unions are rules with us and part of the structure with them; that difference is judged below.
        fc.pre(unionsHold(kind.fields['spec']!, value));
        assert.equal(upstreamAccepts(kind, value), true);
      }),
      { numRuns: 60 },
    );
  });

  test(`random damage is found where the models find it: ${kind.kind}`, () => {
    fc.assert(
      fc.property(
        arbitraryValue(spec, { maxItems: 2 }).chain((value) => damaged(value)),
        (value) => {
          const accepts = validateSchema(kind.fields['spec']!, value).issues.length === 0;
          // Ours may be stricter (rules, formats of later versions), never laxer.
          if (accepts) assert.equal(upstreamAccepts(kind, value), true, JSON.stringify(value));
        },
      ),
      { numRuns: 100 },
    );
  });
}

test('unions are refused where the models refuse them', () => {
  const kind = networkingIstioKinds[0]!;
  const spec = { hosts: ['a'], http: [{ match: [{ uri: { exact: '/a', prefix: '/b' } }] }] };
  assert.equal(upstreamAccepts(kind, spec), false);
  assert.equal(unionsHold(kind.fields['spec']!, spec), false);
  assert.equal(validateSchema(kind.fields['spec']!, spec).issues.length, 1);
});

test('objects pass through all versions unchanged', () => {
  for (const kind of networkingIstioKinds) {
    const object = {
      apiVersion: apiVersionOf(kind.group, kind.storageVersion),
      kind: kind.kind,
      metadata: { name: 'a' },
      spec: { x: { y: [1] } },
    };
    for (const version of kind.versions) {
      const there = convertObject(kind, object, version.name);
      assert.equal(there.apiVersion, apiVersionOf(kind.group, version.name));
      assert.deepEqual(convertObject(kind, there, kind.storageVersion), object);
    }
  }
});

/** Whether at most one member of each union is set, everywhere in the value. */
function unionsHold(given: Schema, value: unknown): boolean {
  const schema = resolve(given);
  if (typeof value !== 'object' || value === null) return true;
  for (const rule of (schema.rules ?? []) as readonly SchemaRule[]) {
    const isUnion = rule.assertion !== undefined || rule.cel?.endsWith(' <= 1') === true;
    if (isUnion && !rule.check(value, undefined)) return false;
  }
  return Object.entries(value).every(([name, member]) => {
    const next = Array.isArray(value) ? schema.items : (schema.properties?.[name] ?? schema.additional);
    return next === undefined || unionsHold(next, member);
  });
}
