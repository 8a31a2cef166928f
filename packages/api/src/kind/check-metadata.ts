/** Checks of `metadata` that hold for every kind. */
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
  checkOwners(object, report);
  for (const [i, finalizer] of (metadata.finalizers ?? []).entries()) {
    const path = metadataPath.child('finalizers').index(i);
    for (const problem of qualifiedNameProblems(finalizer)) report.invalid(path, finalizer, problem);
  }
  if (context.old !== undefined) checkImmutable(object, context.old, report);
}

function checkNames(kind: AnyKind, metadata: ObjectMeta, report: IssueReport): void {
  const { name = '', generateName = '' } = metadata;
  const problemsOf = NAME_RULES[kind.nameRule ?? 'dns-subdomain'];
  // An object that is only answered (a review) needs no name.
  const isStored = kind.verbs === undefined || kind.verbs.includes('get');
  if (name !== '') {
    for (const problem of problemsOf(name)) report.invalid(metadataPath.child('name'), name, problem);
  } else if (isStored && generateName === '') {
    report.required(metadataPath.child('name'), 'name or generateName is required');
  }
  if (generateName === '') return;
  // What the server adds makes a trailing dash or dot harmless.
  for (const problem of problemsOf(generateName.replace(/[-.]$/, 'a'))) {
    report.invalid(metadataPath.child('generateName'), generateName, problem);
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
    bytes += byteLength(key) + byteLength(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) report.tooLong(path, MAX_ANNOTATION_BYTES);
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  return encoder.encode(text).length;
}

function checkOwners(object: ApiObject, report: IssueReport): void {
  const owners = object.metadata.ownerReferences ?? [];
  const path = metadataPath.child('ownerReferences');
  for (const [i, owner] of owners.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (owner[field] === '') report.invalid(path.index(i).child(field), '', `${field} must not be empty`);
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    const names = controllers.map((owner) => `${owner.kind}/${owner.name}`).join(' and ');
    report.invalid(
      path,
      owners.length,
      `Only one reference can have Controller set to true. Found "true" in references for ${names}`,
    );
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
