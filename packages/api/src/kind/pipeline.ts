/**
 * What happens to an object between the user and the store, as one pure function: prune, default, validate. The API
 * server, `weft validate` and the console all call it, so that they cannot disagree.
 */

import type { FieldIssue } from '../schema/index.ts';
import { FieldPath, IssueReport, prune, readAsBuiltin, validateSchema, withDefaults } from '../schema/index.ts';
import { checkMetadata } from './check-metadata.ts';
import { type AnyKind, type ApiObject, type CheckContext, schemaOf } from './define.ts';
import { objectMeta } from './metadata.ts';

/** The outcome of preparing an object. */
export interface Prepared {
  /** Pruned, defaulted object in the version it was given in. */
  readonly object: ApiObject;
  /** Paths of fields that the kind does not know. */
  readonly unknownFields: readonly string[];
  readonly issues: readonly FieldIssue[];
  readonly warnings: readonly string[];
}

/** Drops unknown fields and fills in defaults. Never changes `given`. */
export function normalize(
  kind: AnyKind,
  version: string,
  given: ApiObject,
  context: CheckContext = {},
): { object: ApiObject; unknownFields: readonly string[] } {
  const schema = schemaOf(kind, version);
  const pruned = prune(schema, given);
  const withMetadata = readMetadata(pruned.value as ApiObject);
  const read = kind.isBuiltin === true ? readAsBuiltin(schema, withMetadata) : withMetadata;
  let result = withDefaults(schema, read) as ApiObject;
  if (kind.applyDefaults !== undefined && isSound(kind, version, result)) {
    result = structuredClone(result);
    kind.applyDefaults(result, context);
  }
  return { object: result, unknownFields: pruned.unknown };
}

/** Validates a normalized object: structure, metadata, then the kind's own rules. */
export function validateObject(
  kind: AnyKind,
  version: string,
  given: ApiObject,
  context: CheckContext = {},
): IssueReport {
  const report = new IssueReport();
  const deprecation = kind.versions.find((v) => v.name === version)?.deprecationWarning;
  if (deprecation !== undefined) report.warn(deprecation);
  validateSchema(schemaOf(kind, version), given, report, FieldPath.root, context.old);
  if (report.failureCount > 0) return report;
  checkMetadata(kind, given, report, context);
  kind.check?.(given, report, context);
  return report;
}

/** Prune, default and validate in one step. */
export function prepare(kind: AnyKind, version: string, given: ApiObject, context: CheckContext = {}): Prepared {
  const { object, unknownFields } = normalize(kind, version, given, context);
  const report = validateObject(kind, version, object, context);
  return { object, unknownFields, issues: report.issues, warnings: report.warnings };
}

/** Metadata is a type of Kubernetes in objects of every kind; every object has it, so that nothing after this has to ask. */
function readMetadata(object: ApiObject): ApiObject {
  const metadata = withoutEmpty(readAsBuiltin(objectMeta, object.metadata ?? {}) as ApiObject['metadata']);
  return metadata === object.metadata ? object : { ...object, metadata };
}

const DROPPED_WHEN_EMPTY = ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'] as const;

/** Go leaves these out when they are empty, so two objects that differ in nothing else are the same. */
function withoutEmpty(metadata: ApiObject['metadata']): ApiObject['metadata'] {
  const empty: (keyof ApiObject['metadata'])[] = DROPPED_WHEN_EMPTY.filter((field) => {
    const value: unknown = metadata[field];
    return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  });
  // Objects have not said where they are for years.
  if (metadata.selfLink !== undefined) empty.push('selfLink');
  if (empty.length === 0) return metadata;
  const copy = { ...metadata };
  for (const field of empty) delete copy[field];
  return copy;
}

/** Defaults across fields read the object's structure, so they must not meet a wrong one. */
function isSound(kind: AnyKind, version: string, object: ApiObject): boolean {
  return validateSchema(schemaOf(kind, version), object).failureCount === 0;
}
