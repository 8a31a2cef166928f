/** Runs a change of an object through the pipeline, as an update of a stored object is. */
import { parse } from 'yaml';
import { type AnyKind, type ApiObject, prepare } from '../kind/index.ts';
import { formatIssue } from '../schema/index.ts';

/** The object that `yaml` describes, defaulted as on creation. */
export function created(kind: AnyKind, yaml: string): ApiObject {
  const given = parse(yaml) as ApiObject;
  return prepare(kind, versionOf(given), given).object;
}

/** What users are told when the stored object becomes what `change` makes of a copy of it. */
export function updateErrors(
  kind: AnyKind,
  stored: ApiObject,
  change: (object: Record<string, unknown>) => void,
  subresource?: string,
): string[] {
  const next = structuredClone(stored);
  change(next);
  const context = subresource === undefined ? { old: stored } : { old: stored, subresource };
  return prepare(kind, versionOf(next), next, context).issues.map(formatIssue);
}

function versionOf(object: ApiObject): string {
  return object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
}
