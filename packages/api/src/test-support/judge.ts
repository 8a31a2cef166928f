/** Runs an object of a kind through the pipeline and tells the outcome in the words that users see. */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { type AnyKind, type ApiObject, apiVersionOf, prepare } from '../kind/index.ts';
import { formatIssue } from '../schema/index.ts';

/** What users are told about an object. */
export interface Verdict {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly unknownFields: readonly string[];
}

/** Judges a whole object. */
export function judge(kind: AnyKind, object: unknown): Verdict {
  const given = object as ApiObject;
  const version = given.apiVersion.slice(given.apiVersion.indexOf('/') + 1);
  const { issues, warnings, unknownFields } = prepare(kind, version, given);
  return { errors: issues.map(formatIssue), warnings, unknownFields };
}

/** Judges an object of which only the spec (YAML or data) matters; it is named `test` in namespace `ns`. */
export function judgeSpec(kind: AnyKind, spec: unknown): Verdict {
  const data: unknown = typeof spec === 'string' ? parse(spec) : spec;
  return judge(kind, {
    apiVersion: apiVersionOf(kind.group, kind.storageVersion),
    kind: kind.kind,
    metadata: { name: 'test', namespace: 'ns' },
    spec: data,
  });
}

/** One row of a table of refused specs: what it shows, the spec as YAML, and all errors that users get. */
export type RefusedRow = readonly [what: string, spec: string, errors: readonly string[]];

/** Asserts that each spec is refused with exactly these errors. */
export function assertRefused(kind: AnyKind, rows: readonly RefusedRow[]): void {
  for (const [what, spec, errors] of rows) assert.deepEqual(judgeSpec(kind, spec).errors, errors, what);
}

/** Asserts that each spec is accepted, knows all its fields, and gives exactly these warnings. */
export function assertAccepted(kind: AnyKind, rows: readonly RefusedRow[]): void {
  for (const [what, spec, warnings] of rows) {
    assert.deepEqual(judgeSpec(kind, spec), { errors: [], warnings, unknownFields: [] }, what);
  }
}
