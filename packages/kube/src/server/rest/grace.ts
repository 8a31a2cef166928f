/** Graceful deletion: only pods have it, and only while a node runs them. */
import { type AnyKind, type ApiObject, isPlainObject } from '@weft/api';

const DEFAULT_GRACE_SECONDS = 30;

/** Seconds for which a deleted object stays, so that whoever runs it can end it in order. */
export function deletionGraceSeconds(kind: AnyKind, object: ApiObject, asked: number | undefined): number {
  if (kind.group !== '' || kind.kind !== 'Pod') return 0;
  const spec = isPlainObject(object['spec']) ? object['spec'] : {};
  const status = isPlainObject(object['status']) ? object['status'] : {};
  const nodeName = spec['nodeName'];
  // Nobody runs an unscheduled or finished pod, so nothing has to be ended.
  if (typeof nodeName !== 'string' || nodeName === '') return 0;
  if (status['phase'] === 'Succeeded' || status['phase'] === 'Failed') return 0;
  if (asked !== undefined) return asked;
  const own = spec['terminationGracePeriodSeconds'];
  return typeof own === 'number' ? Math.max(0, own) : DEFAULT_GRACE_SECONDS;
}
