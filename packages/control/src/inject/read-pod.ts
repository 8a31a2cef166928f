import { formatIssue, kubernetes, readAsBuiltin, type Schema, schemaOf, validateSchema } from '@weft/api';
import { err, ok, type Result } from '@weft/core';
import type { PodLike } from './pod-types.ts';

/** What pods may hold, and how they are merged. */
export const podSchema: Schema = schemaOf(kubernetes.core.pod, 'v1');

/**
 * The pod as Kubernetes reads it, where null is absent. Files and strangers may hold anything where a pod should be;
 * everything after this may trust its types. Returns the pod itself when nothing differs, and never changes it.
 */
export function readPod<P extends PodLike>(given: P): Result<P, string[]> {
  const { metadata = {}, spec = {} } = given;
  const read = readAsBuiltin(podSchema, { metadata: metadata ?? {}, spec: spec ?? {} }) as PodLike;
  const { issues } = validateSchema(podSchema, read);
  if (issues.length > 0) return err(issues.map(formatIssue));
  return ok({ ...given, metadata: read.metadata, spec: read.spec });
}
