/** Which writer owns which fields after a write: ties the REST layer to the ownership rules in `patch/`. */
import { type AnyKind, type ApiObject, apiVersionOf, objectMeta, type Properties } from '@weft/api';
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
import { objectPart } from './subresources/parts.ts';
import type { ObjectPart } from './subresources/types.ts';

/** The circumstances of a write as ownership sees them. */
export function ownershipContext(context: RestContext, target: Target, options: WriteOptions): WriteContext {
  const { kind, version } = target.info;
  return {
    types: typesOfKind(kind),
    apiVersion: apiVersionOf(kind.group, version),
    manager: options.fieldManager,
    time: timestamp(context.clock),
    subresource: target.subresource,
    ignored: ignoredFields(target),
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
function ignoredFields({ info, subresource }: Target): FieldSet | undefined {
  const { kind } = info;
  let bySubresource = ignoredCache.get(kind);
  if (bySubresource === undefined) {
    bySubresource = new Map();
    ignoredCache.set(kind, bySubresource);
  }
  if (!bySubresource.has(subresource))
    bySubresource.set(subresource, computeIgnored(kind, objectPart(info, subresource)));
  return bySubresource.get(subresource);
}

function computeIgnored(kind: AnyKind, part: ObjectPart | undefined): FieldSet | undefined {
  if (part !== undefined) {
    const others = pathsBeside({ metadata: objectMeta, ...kind.fields }, part.fields);
    return fieldSetOf(...others.map((path) => path.map(fieldElement)));
  }
  return kind.hasStatus === true ? fieldSetOf([fieldElement('status')]) : undefined;
}

/** The shortest paths that lead to none of the fields. */
function pathsBeside(properties: Properties, fields: readonly (readonly string[])[]): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const inside = fields.filter(([first]) => first === name).map(([, ...rest]) => rest);
    if (inside.length === 0) return [[name]];
    if (inside.some((rest) => rest.length === 0)) return [];
    return pathsBeside(schema.properties ?? {}, inside).map((path) => [name, ...path]);
  });
}
