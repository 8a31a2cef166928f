/** Which writer owns which fields after a write: ties the REST layer to the ownership rules in `patch/`. */
import { type AnyKind, type ApiObject, apiVersionOf } from '@weft/api';
import {
  type FieldSet,
  fieldElement,
  fieldSetOf,
  trackUpdate,
  typesOfKind,
  type WriteContext,
} from '../../patch/index.ts';
import { type RestContext, type Target, timestamp } from './context.ts';
import type { WriteOptions } from './options.ts';

/** The circumstances of a write as ownership sees them. */
export function ownershipContext(context: RestContext, target: Target, options: WriteOptions): WriteContext {
  const { kind, version } = target.info;
  return {
    types: typesOfKind(kind),
    apiVersion: apiVersionOf(kind.group, version),
    manager: options.fieldManager,
    time: timestamp(context.clock),
    subresource: target.subresource,
    ignored: ignoredFields(kind, target.subresource),
  };
}

/** The object with its owners after a write that is no server-side apply. */
export function recordOwnership(
  context: RestContext,
  write: { readonly target: Target; readonly options: WriteOptions },
  object: ApiObject,
  old: ApiObject | undefined,
): ApiObject {
  return trackUpdate(old, object, ownershipContext(context, write.target, write.options));
}

const ignoredCache = new WeakMap<AnyKind, Map<string, FieldSet | undefined>>();

/** Fields that this way of writing cannot change, so that nobody comes to own them through it. */
function ignoredFields(kind: AnyKind, subresource: string): FieldSet | undefined {
  let bySubresource = ignoredCache.get(kind);
  if (bySubresource === undefined) {
    bySubresource = new Map();
    ignoredCache.set(kind, bySubresource);
  }
  if (!bySubresource.has(subresource)) bySubresource.set(subresource, computeIgnored(kind, subresource));
  return bySubresource.get(subresource);
}

function computeIgnored(kind: AnyKind, subresource: string): FieldSet | undefined {
  if (kind.hasStatus !== true) return undefined;
  if (subresource !== 'status') return fieldSetOf([fieldElement('status')]);
  const others = ['metadata', ...Object.keys(kind.fields)].filter((name) => name !== 'status');
  return fieldSetOf(...others.map((name) => [fieldElement(name)]));
}
