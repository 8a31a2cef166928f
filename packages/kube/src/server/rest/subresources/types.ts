import type { ApiObject } from '@weft/api';
import type { ResourceInfo } from '../../catalog.ts';
import type { Call, RestContext, Target } from '../context.ts';

/** One request for a subresource. */
export interface SubresourceRequest {
  readonly verb: string;
  readonly target: Target;
  readonly call: Call;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/** What it answers, as JSON. */
export interface SubresourceAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** Something beside an object, with verbs and a language of its own. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** The kind that it speaks, where that is not the resource's own. */
  readonly shows?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Discovery leaves out what is only there to be refused by name. */
  readonly isUnlisted?: boolean;
  /** Which resources have it. */
  offers(info: ResourceInfo): boolean;
  answer(context: RestContext, request: SubresourceRequest): SubresourceAnswer | Promise<SubresourceAnswer>;
}

/** A part of the object itself: read and written as the object is, but nothing else of it changes. */
export interface ObjectPart {
  readonly name: string;
  /** Paths of the fields that a write may change. */
  readonly fields: readonly (readonly string[])[];
  /** Which resources have it. */
  offers(info: ResourceInfo): boolean;
  /** The old object with the part of the new one. */
  merge(next: ApiObject, old: ApiObject): ApiObject;
}
