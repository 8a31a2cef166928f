/** CustomResourceDefinitions as kinds: what a user defines is served like what is built in. */
import { type AnyKind, type ApiObject, type Column, defineKind, type VersionDefinition } from '../kind/index.ts';
import { FieldPath, type IssueReport, isKnownFormat, isSameJson, type Properties } from '../schema/index.ts';
import { compileJsonPath, JsonPathError } from '../table/index.ts';
import { rootFromOpenApi } from './from-openapi.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';
import { checkStructural } from './structural.ts';
import { checkDefaults } from './structural-defaults.ts';
import { checkValidationRules } from './structural-rules.ts';

/** The names of a kind as a CRD gives them; the optional ones are filled in by `completeNames`. */
export interface CrdNames {
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** One version in a CRD. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: JsonSchema };
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
  };
  readonly additionalPrinterColumns?: readonly {
    readonly name: string;
    readonly type: string;
    readonly jsonPath: string;
    readonly description?: string;
    readonly format?: string;
    readonly priority?: number;
  }[];
}

/** The parts of a CRD that make the kind. */
export interface CrdSpec {
  readonly group: string;
  readonly names: CrdNames;
  readonly scope: string;
  readonly versions: readonly CrdVersion[];
  readonly conversion?: { readonly strategy: string };
}

const versionsPath = FieldPath.root.child('spec', 'versions');
const sharedSchemaPath = FieldPath.root.child('spec', 'validation');

/** The spec of a CRD object, whose structure has been validated. */
export function crdSpecOf(crd: ApiObject): CrdSpec {
  return crd['spec'] as CrdSpec;
}

/**
 * Judges the schemas, columns and conversion of a structurally sound CRD: with no issue left, `kindOfCrd` succeeds. Run
 * it after the CRD kind's own checks. `old` is the CRD before an update.
 */
export function checkCrdSchemas(crd: ApiObject, report: IssueReport, old?: ApiObject): void {
  const spec = crdSpecOf(crd);
  const strategy = spec.conversion?.strategy ?? 'None';
  if (strategy !== 'None') {
    report.notSupported(FieldPath.root.child('spec', 'conversion', 'strategy'), strategy, ['None']);
  }
  for (const [i, version] of spec.versions.entries()) checkColumnPaths(version, versionsPath.index(i), report);
  // Kubernetes holds a schema that all versions share once, at the place that its first API had for it.
  const [first, ...others] = spec.versions;
  if (first !== undefined && others.every((version) => isSameJson(version.schema ?? {}, first.schema ?? {}))) {
    checkSchema(first, sharedSchemaPath, report, old);
    return;
  }
  for (const [i, version] of spec.versions.entries()) {
    checkSchema(version, versionsPath.index(i).child('schema'), report, old);
  }
}

function checkColumnPaths(version: CrdVersion, path: FieldPath, report: IssueReport): void {
  for (const [i, column] of (version.additionalPrinterColumns ?? []).entries()) {
    checkColumnPath(column.jsonPath, path.child('additionalPrinterColumns').index(i).child('jsonPath'), report);
  }
}

function checkSchema(version: CrdVersion, path: FieldPath, report: IssueReport, old: ApiObject | undefined): void {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return;
  const at = path.child('openAPIV3Schema');
  const before = report.failureCount;
  checkStructural(schema, at, report);
  // Each step relies on what the one before has found sound.
  if (report.failureCount === before) checkValidationRules(schema, at, report, !isSchemaKept(version, old));
  if (report.failureCount === before) checkDefaults(schema, at, report);
  warnFormats(schema, at, report);
}

/** Whether the version had this schema before the update. */
function isSchemaKept({ name, schema }: CrdVersion, old: ApiObject | undefined): boolean {
  const before = old === undefined ? undefined : crdSpecOf(old).versions.find((version) => version.name === name);
  return before !== undefined && isSameJson(before.schema ?? {}, schema ?? {});
}

function checkColumnPath(jsonPath: string, path: FieldPath, report: IssueReport): void {
  try {
    compileJsonPath(jsonPath);
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    report.invalid(path, jsonPath, error.message);
  }
}

function warnFormats(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  if (schema.format !== undefined && schema.format !== '' && !isKnownFormat(schema.format)) {
    report.warn(`${path.child('format').toString()}: unrecognized format ${JSON.stringify(schema.format)}`);
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    warnFormats(member, path.child('properties').key(name), report);
  }
  if (schema.items !== undefined) warnFormats(schema.items, path.child('items'), report);
  const additional = additionalSchema(schema);
  if (additional !== undefined) warnFormats(additional, path.child('additionalProperties'), report);
}

/** The names with defaults filled in. */
export function completeNames(names: CrdNames): Required<CrdNames> {
  return {
    plural: names.plural,
    singular: (names.singular ?? '') === '' ? names.kind.toLowerCase() : names.singular!,
    shortNames: names.shortNames ?? [],
    kind: names.kind,
    listKind: (names.listKind ?? '') === '' ? `${names.kind}List` : names.listKind!,
    categories: names.categories ?? [],
  };
}

/** The kind that a valid CRD defines. Throws for a CRD that was never checked. */
export function kindOfCrd(crd: ApiObject): AnyKind {
  const spec = crdSpecOf(crd);
  const names = completeNames(spec.names);
  const versions = spec.versions.map((version) => kindVersion(spec, version));
  const storage = spec.versions.find((version) => version.storage);
  const schema = versions.find((version) => version.isStorage === true)?.schema;
  const { apiVersion: _1, kind: _2, metadata: _3, ...fields } = (schema?.properties ?? {}) as Properties;
  const scale = spec.versions.find((version) => version.subresources?.scale !== undefined)?.subresources?.scale;
  const kind = defineKind({
    group: spec.group,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular,
    shortNames: names.shortNames,
    categories: names.categories,
    scope: spec.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    description:
      storage?.schema?.openAPIV3Schema?.description ?? `${names.kind} is defined by ${crd.metadata.name ?? 'a user'}.`,
    fields,
    versions,
    hasStatus: spec.versions.some((version) => version.subresources?.status !== undefined),
    ...(scale === undefined ? {} : { scale }),
    hasGeneration: true,
  });
  return Object.freeze({ ...kind, listKind: names.listKind });
}

function kindVersion(spec: CrdSpec, version: CrdVersion): VersionDefinition {
  const json = version.schema?.openAPIV3Schema;
  if (json === undefined) throw new Error(`version ${version.name} has no schema`);
  const warning = version.deprecationWarning ?? `${spec.group}/${version.name} ${spec.names.kind} is deprecated`;
  return {
    name: version.name,
    isStorage: version.storage,
    isServed: version.served,
    schema: rootFromOpenApi(json),
    ...(version.deprecated === true ? { deprecationWarning: warning } : {}),
    ...(version.additionalPrinterColumns === undefined
      ? {}
      : { columns: version.additionalPrinterColumns.map(toColumn) }),
  };
}

function toColumn(column: NonNullable<CrdVersion['additionalPrinterColumns']>[number]): Column {
  const { name, type, jsonPath, ...rest } = column;
  return { ...rest, name, type: type as Column['type'], value: jsonPath };
}
