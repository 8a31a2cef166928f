/** What the API says of a CRD: whether its names are free, and whether the kind is served. */
import type { ApiObject } from '../kind/index.ts';
import { isSameJson } from '../schema/index.ts';
import { apiApprovalOf, isProtectedGroup } from './api-approval.ts';
import { type CrdNames, completeNames, crdSpecOf } from './crd-kind.ts';

/** One condition of a CRD. */
export interface CrdCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** The status of a CRD. */
export interface CrdStatus {
  readonly acceptedNames: CrdNames;
  readonly storedVersions: readonly string[];
  readonly conditions: readonly CrdCondition[];
}

interface NameConflict {
  readonly reason: string;
  readonly message: string;
}

/** Names in use in a group: of resources (plural, singular and short names) and of kinds. */
interface UsedNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/**
 * The status that follows from a CRD, the other CRDs and its status so far. `builtin` has the names of built-in kinds of
 * the group. The old status itself is returned when nothing changes.
 */
export function crdStatus(
  crd: ApiObject,
  others: readonly ApiObject[],
  now: string,
  builtin: readonly CrdNames[] = [],
): CrdStatus {
  const old = crd['status'] as CrdStatus | undefined;
  const used = namesInUse(crd, others, builtin);
  const { accepted, conflict } = acceptNames(completeNames(crdSpecOf(crd).names), old?.acceptedNames, used);
  const namesAccepted = condition(old, now, 'NamesAccepted', conflict === undefined, {
    reason: conflict?.reason ?? 'NoConflicts',
    message: conflict?.message ?? 'no conflicts found',
  });
  const wasEstablished = old?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true;
  const isEstablished = wasEstablished || conflict === undefined;
  const established = condition(old, now, 'Established', isEstablished, {
    reason: isEstablished ? 'InitialNamesAccepted' : 'NotAccepted',
    message: isEstablished ? 'the initial names have been accepted' : 'not all names are accepted',
  });
  const ours = [namesAccepted, established, ...approvalConditions(crd, old, now)];
  const kept = (old?.conditions ?? []).filter(({ type }) => ours.every((c) => c.type !== type));
  const status: CrdStatus = {
    ...old,
    acceptedNames: accepted,
    storedVersions: storedVersions(crd, old),
    conditions: [...ours, ...kept],
  };
  return old !== undefined && isSameJson(status, old) ? old : status;
}

/** Definitions in a group of the Kubernetes community tell how they were approved. */
function approvalConditions(crd: ApiObject, old: CrdStatus | undefined, now: string): CrdCondition[] {
  if (!isProtectedGroup(crdSpecOf(crd).group)) return [];
  const approval = apiApprovalOf(crd);
  const isApproved = approval.reason === 'ApprovedAnnotation';
  return [condition(old, now, 'KubernetesAPIApprovalPolicyConformant', isApproved, approval)];
}

/** Whether objects of the CRD's kind are served. */
export function isCrdEstablished(crd: ApiObject): boolean {
  const status = crd['status'] as CrdStatus | undefined;
  return status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true;
}

function namesInUse(crd: ApiObject, others: readonly ApiObject[], builtin: readonly CrdNames[]): UsedNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  const take = (names: CrdNames | undefined): void => {
    if (names === undefined) return;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])])
      if (name !== undefined && name !== '') resources.add(name);
    for (const name of [names.kind, names.listKind]) if (name !== undefined && name !== '') kinds.add(name);
  };
  for (const names of builtin) take(names);
  for (const other of others) {
    if (other.metadata.name === crd.metadata.name || crdSpecOf(other).group !== crdSpecOf(crd).group) continue;
    take((other['status'] as CrdStatus | undefined)?.acceptedNames);
  }
  return { resources, kinds };
}

/** A name that is taken keeps the one accepted before it, as in Kubernetes. */
function acceptNames(
  wanted: Required<CrdNames>,
  before: CrdNames | undefined,
  used: UsedNames,
): { accepted: CrdNames; conflict?: NameConflict } {
  const conflicts: NameConflict[] = [];
  const accept = (name: string, taken: ReadonlySet<string>, reason: string, old: string | undefined): string => {
    if (!taken.has(name)) return name;
    conflicts.push({ reason, message: `${JSON.stringify(name)} is already in use` });
    return old ?? '';
  };
  const plural = accept(wanted.plural, used.resources, 'PluralConflict', before?.plural);
  const singular = accept(wanted.singular, used.resources, 'SingularConflict', before?.singular);
  const taken = wanted.shortNames.filter((name) => used.resources.has(name));
  if (taken.length > 0) {
    conflicts.push({
      reason: 'ShortNamesConflict',
      message: `[${taken.map((name) => `${JSON.stringify(name)} is already in use`).join(', ')}]`,
    });
  }
  const shortNames = taken.length > 0 ? (before?.shortNames ?? []) : wanted.shortNames;
  const kind = accept(wanted.kind, used.kinds, 'KindConflict', before?.kind);
  const listKind = accept(wanted.listKind, used.kinds, 'ListKindConflict', before?.listKind);
  const accepted = {
    plural,
    singular,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    kind,
    listKind,
    ...(wanted.categories.length > 0 ? { categories: wanted.categories } : {}),
  };
  return conflicts.length === 0 ? { accepted } : { accepted, conflict: conflicts.at(-1)! };
}

function condition(
  old: CrdStatus | undefined,
  now: string,
  type: string,
  holds: boolean,
  { reason, message }: { reason: string; message: string },
): CrdCondition {
  const status = holds ? 'True' : 'False';
  const before = old?.conditions?.find((c) => c.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  return { type, status, reason, message, lastTransitionTime };
}

function storedVersions(crd: ApiObject, old: CrdStatus | undefined): readonly string[] {
  const storage = crdSpecOf(crd).versions.find((version) => version.storage)?.name;
  const before = old?.storedVersions ?? [];
  return storage === undefined || before.includes(storage) ? before : [...before, storage];
}
