/** A kind as a CustomResourceDefinition manifest that a real API server accepts. */
import { type AnyKind, type Column, schemaOf, type VersionDefinition } from '../kind/index.ts';
import type { Json, JsonObject } from '../schema/index.ts';
import { APPROVAL_ANNOTATION, isProtectedGroup } from './api-approval.ts';
import { toCrdSchema } from './to-openapi.ts';

/** Where the kinds of a protected group were approved, as their published definitions say. */
const APPROVALS: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328',
};

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind. Throws for what a CRD cannot say. */
export function crdManifest(kind: AnyKind): JsonObject {
  if (kind.group === '') throw new Error(`kind ${kind.kind}: a CustomResourceDefinition needs an API group`);
  const names: JsonObject = {
    kind: kind.kind,
    listKind: kind.listKind,
    plural: kind.plural,
    singular: kind.singular,
  };
  if (kind.shortNames.length > 0) names['shortNames'] = [...kind.shortNames];
  if (kind.categories.length > 0) names['categories'] = [...kind.categories];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: manifestMetadata(kind),
    spec: {
      group: kind.group,
      names,
      scope: kind.scope,
      versions: kind.versions.map((version) => crdVersion(kind, version)),
    },
  };
}

function manifestMetadata(kind: AnyKind): JsonObject {
  const name = `${kind.plural}.${kind.group}`;
  if (!isProtectedGroup(kind.group)) return { name };
  const approval = APPROVALS[kind.group];
  if (approval === undefined) throw new Error(`kind ${kind.kind}: no approval is known for the group ${kind.group}`);
  return { name, annotations: { [APPROVAL_ANNOTATION]: approval } };
}

function crdVersion(kind: AnyKind, version: VersionDefinition): JsonObject {
  const out: JsonObject = {
    name: version.name,
    served: version.isServed ?? true,
    storage: version.isStorage ?? false,
    schema: { openAPIV3Schema: rootSchema(kind, version.name) },
  };
  if (version.deprecationWarning !== undefined) {
    out['deprecated'] = true;
    out['deprecationWarning'] = version.deprecationWarning;
  }
  const columns = (version.columns ?? kind.columns ?? []).flatMap(printerColumn);
  if (columns.length > 0) out['additionalPrinterColumns'] = columns;
  const subresources = crdSubresources(kind);
  if (subresources !== undefined) out['subresources'] = subresources;
  return out;
}

/** At the root, metadata is implied: a CRD may not describe it. */
function rootSchema(kind: AnyKind, version: string): JsonObject {
  const schema = toCrdSchema(schemaOf(kind, version));
  const properties = schema['properties'] as JsonObject;
  properties['metadata'] = { type: 'object' };
  const problem = bothForms(schema, '');
  if (problem !== undefined) throw new Error(`kind ${kind.kind}: ${problem}`);
  return schema;
}

/** Named and free members together are not structural. */
function bothForms(schema: JsonObject, path: string): string | undefined {
  const properties = schema['properties'] as JsonObject | undefined;
  if (properties !== undefined && schema['additionalProperties'] !== undefined) {
    return `${path === '' ? 'the object' : path} has named and free members together, which no CustomResourceDefinition can say`;
  }
  for (const [name, member] of Object.entries(properties ?? {})) {
    const problem = bothForms(member as JsonObject, path === '' ? name : `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  for (const part of ['items', 'additionalProperties']) {
    const inner = schema[part];
    const problem = inner === undefined ? undefined : bothForms(inner as JsonObject, `${path}[*]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A column that a function computes cannot be said in a manifest; `kubectl get` on a real cluster shows the others. */
function printerColumn(column: Column): Json[] {
  // The name is always the first column, without being listed.
  if (typeof column.value !== 'string' || column.name === 'Name') return [];
  const out: JsonObject = { name: column.name, type: column.type, jsonPath: column.value };
  if (column.description !== undefined) out['description'] = column.description;
  if (column.format !== undefined) out['format'] = column.format;
  if (column.priority !== undefined && column.priority !== 0) out['priority'] = column.priority;
  return [out];
}

function crdSubresources(kind: AnyKind): JsonObject | undefined {
  const out: JsonObject = {};
  if (kind.hasStatus === true) out['status'] = {};
  if (kind.scale !== undefined) out['scale'] = { ...kind.scale };
  return Object.keys(out).length === 0 ? undefined : out;
}
