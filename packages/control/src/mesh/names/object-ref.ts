/** Facts about objects that do not depend on their kind. */
import type { ApiObject } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { MeshKind, ObjectKey, ObjectRef, RuleRef } from '../model/index.ts';

/** The part of an object that these functions read. */
export type AnyObject = { readonly metadata: DeepReadonly<ApiObject['metadata']> };

/** What provenance keeps of an object. */
export function refOf(kind: MeshKind, { metadata }: AnyObject): ObjectRef {
  const { namespace = '', name = '', generation } = metadata;
  return Object.freeze(generation === undefined ? { kind, namespace, name } : { kind, namespace, name, generation });
}

/** The object without its state, for what must stay the same while others in the object change: endpoints. */
export function statelessRef(kind: MeshKind, { metadata }: AnyObject): ObjectRef {
  const { namespace = '', name = '' } = metadata;
  return Object.freeze({ kind, namespace, name });
}

/** A part of an object. */
export function ruleRef(object: ObjectRef, path: string): RuleRef {
  return Object.freeze({ object, path });
}

/** When the object was made, in milliseconds; 0 when that is not known. */
export function createdAtMs({ metadata }: AnyObject): number {
  const time = metadata.creationTimestamp === undefined ? Number.NaN : Date.parse(metadata.creationTimestamp);
  return Number.isNaN(time) ? 0 : time;
}

/** `namespace/name` of the object, or its name when it has no namespace. */
export function keyOfRef({ namespace, name }: ObjectRef): ObjectKey {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** `Kind/namespace/name`: one object among those of all kinds. */
export function idOfRef(ref: ObjectRef): string {
  return `${ref.kind}/${keyOfRef(ref)}`;
}

/** Something that has an age and an object it comes from. */
export interface Aged {
  readonly createdAtMs: number;
  readonly ref: ObjectRef;
}

/** Something that has an age and objects it comes from. */
export interface Sourced {
  readonly createdAtMs: number;
  readonly sources: readonly ObjectRef[];
}

/** Oldest first. Of one age, by name and then namespace: any order will do that everybody agrees on. */
export function byAge(a: Aged, b: Aged): number {
  return a.createdAtMs - b.createdAtMs || compareText(tieBreak(a.ref), tieBreak(b.ref));
}

/** Oldest first, for what several objects define together: the first of them counts. */
export function bySourceAge(a: Sourced, b: Sourced): number {
  return a.createdAtMs - b.createdAtMs || compareText(tieBreak(a.sources[0]!), tieBreak(b.sources[0]!));
}

function tieBreak({ namespace, name }: ObjectRef): string {
  return `${name}.${namespace}`;
}

/** Compares by code units, as every order here does: it depends on no language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
