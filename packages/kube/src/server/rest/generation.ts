/** The generation of an object: how often its desired state has changed. */
import { isDeepStrictEqual } from 'node:util';
import type { AnyKind, ApiObject } from '@weft/api';
import { kinds } from '../kinds.ts';

/** Metadata that is a part of the desired state: what a rollout records, and the service that a slice belongs to. */
const DESIRED_METADATA = new Map<AnyKind, 'annotations' | 'labels'>([
  [kinds.deployment, 'annotations'],
  [kinds.endpointSlice, 'labels'],
]);

/** A new generation is a new desired state: anything outside metadata and status. */
export function settleGeneration(kind: AnyKind, object: ApiObject, old: ApiObject): void {
  if (!kind.hasGeneration) return;
  const isSame = isDeepStrictEqual(desired(kind, object), desired(kind, old));
  object.metadata.generation = (old.metadata.generation ?? 1) + (isSame ? 0 : 1);
}

function desired(kind: AnyKind, object: ApiObject): Record<string, unknown> {
  const { metadata, status: _status, ...rest } = object;
  const field = DESIRED_METADATA.get(kind);
  return field === undefined ? rest : { ...rest, metadata: metadata[field] ?? {} };
}
