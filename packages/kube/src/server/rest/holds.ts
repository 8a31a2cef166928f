/** What keeps an object that is being deleted: finalizers, a grace period, and for namespaces the finalizers in their spec. */
import { type AnyKind, type ApiObject, isPlainObject } from '@weft/api';
import { kinds } from '../kinds.ts';

/** True while something holds the object. */
export function isHeld(kind: AnyKind, object: ApiObject): boolean {
  const { finalizers, deletionGracePeriodSeconds } = object.metadata;
  if ((finalizers ?? []).length > 0 || (deletionGracePeriodSeconds ?? 0) > 0) return true;
  return kind === kinds.namespace && specFinalizers(object).length > 0;
}

/** An object that is being deleted is gone once nothing holds it. */
export function isFinallyDeleted(kind: AnyKind, object: ApiObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && !isHeld(kind, object);
}

/** What users see of a namespace that is on its way out. */
export function markTerminating(kind: AnyKind, object: ApiObject): void {
  if (kind !== kinds.namespace) return;
  const status = isPlainObject(object['status']) ? object['status'] : {};
  object['status'] = { ...status, phase: 'Terminating' };
}

function specFinalizers(object: ApiObject): readonly unknown[] {
  const spec = isPlainObject(object['spec']) ? object['spec'] : {};
  return Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
}
