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

/** A part of an object with verbs of its own. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** The kind that it speaks, where that is not the resource's own. */
  readonly shows?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Which resources have it. */
  offers(info: ResourceInfo): boolean;
  answer(context: RestContext, request: SubresourceRequest): SubresourceAnswer | Promise<SubresourceAnswer>;
}
