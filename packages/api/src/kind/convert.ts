/** Moves objects between the versions of a kind. */
import { type AnyKind, type ApiObject, apiVersionOf } from './define.ts';

/** The same object in another version. Never changes `object`; returns it when it already has the version. */
export function convertObject(kind: AnyKind, object: ApiObject, toVersion: string): ApiObject {
  const wanted = apiVersionOf(kind.group, toVersion);
  if (object.apiVersion === wanted) return object;
  const from = kind.versions.find((v) => apiVersionOf(kind.group, v.name) === object.apiVersion);
  const to = kind.versions.find((v) => v.name === toVersion);
  if (from === undefined || to === undefined) {
    throw new Error(`kind ${kind.kind}: no conversion from ${object.apiVersion} to ${wanted}`);
  }
  const stored = from.toStorage?.(object) ?? object;
  const converted = to.fromStorage?.(stored) ?? stored;
  return { ...converted, apiVersion: wanted };
}
