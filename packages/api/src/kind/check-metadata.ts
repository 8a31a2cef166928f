/** Checks of `metadata` that hold for every kind. */
import { utf8Length } from '@weft/core';
import { FieldPath, type IssueReport } from '../schema/index.ts';
import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../validation/names.ts';
import type { AnyKind, ApiObject, CheckContext } from './define.ts';
import type { ObjectMeta } from './metadata.ts';

const MAX_ANNOTATION_BYTES = 256 * 1024;
const metadataPath = FieldPath.root.child('metadata');

const NAME_RULES = {
  'dns-subdomain': dns1123SubdomainProblems,
  'dns-label': dns1123LabelProblems,
  'dns-1035-label': dns1035LabelProblems,
  'path-segment': pathSegmentProblems,
} as const;

/** Checks name, namespace, labels, annotations, owners and finalizers; and on update, what must not change. */
export function checkMetadata(kind: AnyKind, object: ApiObject, report: IssueReport, context: CheckContext): void {
  const metadata: ObjectMeta = object.metadata ?? {};
  checkNames(kind, metadata, report);
  if (object.metadata === undefined) return;
  checkNamespace(kind, object, report);
  checkLabels(metadataPath.child('labels'), metadata.labels, report);
  checkAnnotations(metadataPath.child('annotations'), metadata.annotations, report);
  checkOwners(metadata.ownerReferences ?? [], report);
  checkFinalizers(kind, metadata.finalizers ?? [], report);
  if (context.old !== undefined) checkImmutable(object, context.old, report);
}

function checkNames(kind: AnyKind, metadata: ObjectMeta, report: IssueReport): void {
  const { name = '', generateName = '' } = metadata;
  const problemsOf = NAME_RULES[kind.nameRule ?? 'dns-subdomain'];
  // An object that is only answered (a review) needs no name.
  const isStored = kind.verbs === undefined || kind.verbs.includes('get');
  // What the server adds makes a trailing dash or dot harmless.
  const prefixProblems = generateName === '' ? [] : problemsOf(generateName.replace(/[-.]$/, 'a'));
  for (const problem of prefixProblems) report.invalid(metadataPath.child('generateName'), generateName, problem);
  if (name !== '') {
    for (const problem of problemsOf(name)) report.invalid(metadataPath.child('name'), name, problem);
  } else if (isStored && generateName === '') {
    report.required(metadataPath.child('name'), 'name or generateName is required');
  }
}

function checkNamespace(kind: AnyKind, object: ApiObject, report: IssueReport): void {
  const { namespace } = object.metadata;
  const path = metadataPath.child('namespace');
  if (kind.scope === 'Cluster') {
    if (namespace !== undefined && namespace !== '') report.forbidden(path, 'not allowed on this type');
    return;
  }
  if (namespace === undefined || namespace === '') return;
  for (const problem of dns1123LabelProblems(namespace)) report.invalid(path, namespace, problem);
}

/** Checks keys and values of labels, in an object's own metadata or in a template's. */
export function checkLabels(
  path: FieldPath,
  labels: Readonly<Record<string, string>> | undefined,
  report: IssueReport,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const problem of qualifiedNameProblems(key)) report.invalid(path, key, problem);
    for (const problem of labelValueProblems(value)) report.invalid(path, value, problem);
  }
}

/** Checks keys and total size of annotations, in an object's own metadata or in a template's. */
export function checkAnnotations(
  path: FieldPath,
  annotations: Readonly<Record<string, string>> | undefined,
  report: IssueReport,
): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) report.invalid(path, key, problem);
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) report.tooLong(path, MAX_ANNOTATION_BYTES);
}

type OwnerReference = NonNullable<ObjectMeta['ownerReferences']>[number];

function checkOwners(owners: readonly OwnerReference[], report: IssueReport): void {
  const path = metadataPath.child('ownerReferences');
  for (const owner of owners) {
    if (versionOf(owner.apiVersion) === '') {
      report.invalid(path.child('apiVersion'), owner.apiVersion, 'version must not be empty');
    }
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (owner[field] === '') report.invalid(path.child(field), '', 'must not be empty');
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      report.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner');
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length < 2) return;
  const names = controllers.slice(0, 2).map((owner) => `${owner.kind}/${owner.name}`);
  const found = `Found "true" in references for ${names.join(' and ')}`;
  report.invalid(path, owners, `Only one reference can have Controller set to true. ${found}`);
}

function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : parts.at(-1)!;
}

const [ORPHAN, FOREGROUND] = ['orphan', 'foregroundDeletion'] as const;
const UNQUALIFIED_FINALIZERS: ReadonlySet<string> = new Set([ORPHAN, FOREGROUND, 'kubernetes']);

function checkFinalizers(kind: AnyKind, finalizers: readonly string[], report: IssueReport): void {
  const path = metadataPath.child('finalizers');
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer)) report.invalid(path, finalizer, problem);
  }
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    report.invalid(path, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`);
  }
  // Kinds that users define may have what they like, and so may definitions.
  if (kind.isBuiltin !== true || kind.group === 'apiextensions.k8s.io') return;
  for (const [i, finalizer] of finalizers.entries()) {
    if (finalizer.includes('/') || UNQUALIFIED_FINALIZERS.has(finalizer)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    report.invalid(path.index(i), finalizer, why);
  }
}

function checkImmutable(object: ApiObject, old: ApiObject, report: IssueReport): void {
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    const before = old.metadata[field];
    if (before !== undefined && object.metadata[field] !== before) {
      report.invalid(metadataPath.child(field), object.metadata[field], 'field is immutable');
    }
  }
}
