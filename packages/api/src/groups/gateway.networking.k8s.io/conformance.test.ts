import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IBackendTLSPolicySpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/BackendTLSPolicySpec';
import type { IGatewaySpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GatewaySpec';
import type { IGRPCRouteSpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/GRPCRouteSpec';
import type { IHTTPRouteSpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteSpec';
import type { ITLSRouteSpec } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/TLSRouteSpec';
import fc from 'fast-check';
import { type AnyKind, schemaOf } from '../../kind/index.ts';
import { formatIssue, type Schema, validateSchema, withDefaults } from '../../schema/index.ts';
import { arbitraryValue, damaged, withoutRules } from '../../test-support/arbitrary-value.ts';
import { fieldsOf, missingFields } from '../../test-support/model-fields.ts';
import {
  type BackendTlsPolicy,
  type GrpcRoute,
  gatewayApiKinds,
  type HttpRoute,
  type KubernetesGateway,
  type TlsRoute,
} from './index.ts';

/** The types of objects are those of the models: what our kinds accept can be handed to code that is written for them. */
type Assignable<From extends To, To> = [From, To];
/** Without filters, of which we have types of the experimental channel. */
type RoutedBy<S extends { rules?: { matches?: unknown }[] }> = NonNullable<S['rules']>[number]['matches'];
export type TypesAgree = [
  Assignable<HttpRoute['spec']['parentRefs'], IHTTPRouteSpec['parentRefs']>,
  Assignable<RoutedBy<HttpRoute['spec']>, RoutedBy<IHTTPRouteSpec>>,
  Assignable<GrpcRoute['spec'], IGRPCRouteSpec>,
  Assignable<TlsRoute['spec'], ITLSRouteSpec>,
  Assignable<KubernetesGateway['spec'], IGatewaySpec>,
  Assignable<BackendTlsPolicy['spec'], IBackendTLSPolicySpec>,
];

const PACKAGE = '@kubernetes-models/gateway-api';

/** Kinds that the oracle does not have. */
const UNKNOWN_TO_ORACLE: ReadonlySet<string> = new Set(['XListenerSet']);

/**
 * Complaints that only we have: the oracle's models lack the bounds of conditions and of the experimental channel, the
 * identity of list items, the bound of forwardBody, and (for its name) the field `description`.
 */
const OURS_ALONE = [
  /^status\.\S*conditions\[/,
  /should match '\^\[!-~\]/,
  /Duplicate value/,
  /^spec\.description:/,
  /forwardBody\.maxSize: /,
];

/** The oracle's list of filter types is that of the standard channel. */
const THEIRS_ALONE = /\/filters\/\d+\/type must be equal to one of the allowed values/;

interface Model {
  validate(): void;
}

function cases(): { kind: AnyKind; version: string; title: string; path: string }[] {
  return gatewayApiKinds
    .filter((kind) => !UNKNOWN_TO_ORACLE.has(kind.kind))
    .flatMap((kind) =>
      kind.versions.map(({ name }) => ({
        kind,
        version: name,
        title: `${kind.kind} ${name}`,
        path: `${PACKAGE}/${kind.group}/${name}/${kind.kind}`,
      })),
    );
}

describe('no field of the published models is missing', () => {
  for (const { kind, version, title, path } of cases()) {
    test(title, () => {
      const missing = missingFields(schemaOf(kind, version), fieldsOf(path, `I${kind.kind}`));
      assert.deepEqual(
        missing.filter((field) => !field.startsWith('apiVersion=') && !field.startsWith('kind=')),
        [],
      );
    });
  }
});

describe('spec and status are judged as the published models judge them', () => {
  for (const { kind, version, title, path } of cases()) {
    test(title, async () => {
      const model = ((await import(path)) as Record<string, new (data: unknown) => Model>)[kind.kind]!;
      const schema = structureOf(kind, version);
      const judged = fc.oneof(arbitraryValue(schema), arbitraryValue(schema).chain(damaged));
      fc.assert(
        fc.property(judged, (fields) => {
          const object = {
            apiVersion: `${kind.group}/${version}`,
            kind: kind.kind,
            metadata: { name: 'x' },
            ...(fields as object),
          };
          const complaint = complaintOf(model, object);
          const issues = validateSchema(schema, fields).issues.map(formatIssue);
          const shared = issues.filter((issue) => !OURS_ALONE.some((pattern) => pattern.test(issue)));
          if (complaint !== undefined && THEIRS_ALONE.test(complaint)) return;
          if (complaint !== undefined) assert.ok(issues.length > 0, `only they refuse: ${complaint}`);
          else assert.deepEqual(shared, [], 'only we refuse');
        }),
        { numRuns: 60 },
      );
    });
  }
});

test('defaults never make a sound object unsound', () => {
  for (const { kind, version } of cases()) {
    const schema = structureOf(kind, version);
    fc.assert(
      fc.property(arbitraryValue(schema, { maxDepth: 4 }), (fields) => {
        assert.deepEqual(validateSchema(schema, withDefaults(schema, fields)).issues, []);
      }),
      { numRuns: 10 },
    );
  }
});

/** The schema of spec and status without rules. */
function structureOf(kind: AnyKind, version: string): Schema {
  const { apiVersion: _a, kind: _k, metadata: _m, ...properties } = schemaOf(kind, version).properties ?? {};
  return withoutRules({ type: 'object', properties });
}

function complaintOf(model: new (data: unknown) => Model, object: unknown): string | undefined {
  try {
    new model(object).validate();
    return undefined;
  } catch (error: unknown) {
    return error instanceof Error ? error.message : String(error);
  }
}
