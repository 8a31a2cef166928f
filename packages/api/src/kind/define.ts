/**
 * One constant per kind. From it come the static type, validation, defaulting, pruning, the OpenAPI document, the CRD
 * manifest, table columns and merge strategies; nothing about a kind is written twice.
 */
import type { InferProperties, IssueReport, Properties, Schema } from '../schema/index.ts';
import { FieldPath, object, string } from '../schema/index.ts';
import { type ObjectMeta, objectMeta } from './metadata.ts';

/** One column of `kubectl get`. */
export interface Column {
  readonly name: string;
  /** What the cells hold. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** What tables say that the cells hold, where that is something else. */
  readonly declaredType?: 'string' | 'boolean' | 'date';
  /** JSONPath as in a CRD's printer column (`.spec.hosts`), or a function where a path cannot say it. */
  readonly value: string | ((object: ApiObject, now: number) => unknown);
  readonly description?: string;
  /** Columns with a priority above 0 are shown by `-o wide` only. */
  readonly priority?: number;
  readonly format?: string;
}

/** What a served version says differently from the kind as a whole. */
export interface VersionDefinition {
  readonly name: string;
  /** The one version in which objects are stored. */
  readonly isStorage?: boolean;
  readonly isServed?: boolean;
  /** Warning given to users of this version. */
  readonly deprecationWarning?: string;
  /** Top-level fields, where they differ from the kind's. */
  readonly fields?: Properties;
  /** The schema of whole objects, where properties alone do not say it (rules at the root, unknown fields kept). */
  readonly schema?: Schema;
  readonly columns?: readonly Column[];
  /** Conversion, needed only where `fields` differ; both directions together lose nothing. */
  readonly toStorage?: (object: ApiObject) => ApiObject;
  readonly fromStorage?: (object: ApiObject) => ApiObject;
}

/** Where the scale subresource finds its numbers. */
export interface ScaleDefinition {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** What a check of a whole object may look at. */
export interface CheckContext {
  /** The object before an update. */
  readonly old?: ApiObject;
  /** Which part is being written. */
  readonly subresource?: string;
}

/** What a kind is made of; see `defineKind`. */
export interface KindOptions<P extends Properties> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  /** Top-level fields beside apiVersion, kind and metadata. */
  readonly fields: P;
  readonly versions: readonly VersionDefinition[];
  readonly hasStatus?: boolean;
  readonly scale?: ScaleDefinition;
  /** Columns of `kubectl get`, after Name; a kind that lists a column Name itself decides where it stands. */
  readonly columns?: readonly Column[];
  /** A kind that is answered and not stored (reviews) offers only these verbs. */
  readonly verbs?: readonly string[];
  /** Rule for metadata.name; DNS subdomain when absent. */
  readonly nameRule?: 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';
  /** Read as Kubernetes reads its own types: null and absent are the same, as are an empty and an absent choice. */
  readonly isBuiltin?: boolean;
  /** The status of a new object, whatever status its creator sent; empty when absent. */
  initialStatus?(object: KindObject<P>): Record<string, unknown>;
  /** Defaults that depend on other fields. Works on a private copy, so it may assign. */
  applyDefaults?(object: KindObject<P>, context: CheckContext): void;
  /** Rules across fields. Runs only on structurally sound objects. */
  check?(object: KindObject<P>, report: IssueReport, context: CheckContext): void;
  /** Metadata generation counts changes outside metadata and status; false for kinds that have none (ConfigMap, Event …). */
  readonly hasGeneration?: boolean;
}

/** Any API object. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** An object of a kind with these fields. */
export type KindObject<P extends Properties> = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
} & InferProperties<P>;

/** A kind, ready for use. */
export interface Kind<P extends Properties = Properties> extends KindOptions<P> {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly storageVersion: string;
  readonly hasGeneration: boolean;
}

/** The static type of a kind's objects. */
export type ObjectOf<K> = K extends Kind<infer P> ? KindObject<P> : never;

/** Completes a kind's definition and checks that it is consistent. */
export function defineKind<const P extends Properties>(options: KindOptions<P>): Kind<P> {
  const storage = options.versions.filter((v) => v.isStorage === true);
  if (storage.length !== 1) throw new Error(`kind ${options.kind}: exactly one version must be the storage version`);
  return Object.freeze({
    ...options,
    singular: options.singular ?? options.kind.toLowerCase(),
    listKind: `${options.kind}List`,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    storageVersion: storage[0]!.name,
    hasGeneration: options.hasGeneration ?? 'spec' in options.fields,
  });
}

/** Completes the definition of a kind of Kubernetes itself, whose objects are read as its Go types are. */
export function defineBuiltin<const P extends Properties>(options: KindOptions<P>): Kind<P> {
  return defineKind({ ...options, isBuiltin: true });
}

/** A kind of any fields, for code that handles all kinds alike. */
export type AnyKind = Kind;

/** `group/version`, or the version alone for the core group. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Splits an apiVersion into group and version. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

const schemas = new WeakMap<AnyKind, Map<string, Schema>>();

/** The schema of whole objects of one version of a kind. */
export function schemaOf(kind: AnyKind, version: string): Schema {
  let byVersion = schemas.get(kind);
  if (byVersion === undefined) {
    byVersion = new Map();
    schemas.set(kind, byVersion);
  }
  let schema = byVersion.get(version);
  if (schema === undefined) {
    const definition = kind.versions.find((v) => v.name === version);
    if (definition === undefined) throw new Error(`kind ${kind.kind} has no version ${version}`);
    schema =
      definition.schema ??
      object(kind.description, {
        apiVersion: string('Version of the API that the object is written in, such as networking.istio.io/v1.'),
        kind: string('Kind of the object.'),
        metadata: objectMeta,
        ...(definition.fields ?? kind.fields),
      });
    byVersion.set(version, schema);
  }
  return schema;
}

/** The place of `spec` and friends, for checks. */
export const specPath = FieldPath.root.child('spec');
