/** Which collection of the API a client works on, and the paths in it. */
import { type AnyKind, type ApiObject, apiVersionOf, type Kind, type ObjectOf } from '@weft/api';
import { MeshError } from '@weft/core';

/** A collection in one version. `T` is what its objects look like. */
export interface ResourceRef<T extends object = ApiObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** Never set: carries the type of the objects. */
  readonly objectType?: T;
}

/** The collection of a kind, in its storage version unless another is named. */
export function resourceOf<K extends AnyKind>(kind: K, version?: string): ResourceRef<ObjectOf<K> & object>;
/** The same for a kind of unknown fields. */
export function resourceOf(kind: Kind, version: string = kind.storageVersion): ResourceRef {
  if (!kind.versions.some(({ name }) => name === version)) {
    const known = kind.versions.map(({ name }) => name).join(', ');
    throw new MeshError('MESH_INVALID_ARGUMENT', `kind ${kind.kind} has no version ${version}; it has ${known}`);
  }
  return {
    group: kind.group,
    version,
    plural: kind.plural,
    kind: kind.kind,
    isNamespaced: kind.scope === 'Namespaced',
  };
}

/** `group/version` of a collection. */
export function apiVersionOfRef(ref: ResourceRef<object>): string {
  return apiVersionOf(ref.group, ref.version);
}

/** `plural.group` of a collection, for messages. */
export function nameOfRef(ref: ResourceRef<object>): string {
  return ref.group === '' ? ref.plural : `${ref.plural}.${ref.group}`;
}

/** The values of a query; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a path points at. */
export interface PathTarget {
  /** Undefined for all namespaces, or for cluster-wide objects. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: Query | undefined;
}

/** The path of a collection, an object or a subresource. */
export function pathOf(ref: ResourceRef<object>, target: PathTarget = {}): string {
  const parts = ref.group === '' ? ['/api', ref.version] : ['/apis', ref.group, ref.version];
  if (target.namespace !== undefined && ref.isNamespaced) parts.push('namespaces', segment(target.namespace));
  parts.push(ref.plural);
  if (target.name !== undefined) parts.push(segment(target.name));
  if (target.subresource !== undefined) parts.push(target.subresource);
  return parts.join('/') + queryOf(target.query ?? {});
}

/** A query string with its question mark, or nothing. */
export function queryOf(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** A name with a slash or a dot segment would reach another path than the one meant. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new MeshError('MESH_INVALID_ARGUMENT', `"${name}" cannot be the name of an object`);
  }
  return encodeURIComponent(name);
}
