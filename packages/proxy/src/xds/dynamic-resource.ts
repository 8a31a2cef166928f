import type { ResourceRuntimes, ResourceTypeName } from '@weft/engine';

/** A resource in use. */
export type DynamicResource = {
  readonly [T in ResourceTypeName]: {
    readonly typeName: T;
    readonly runtime: ResourceRuntimes[T];
    /** How it came; undefined for resources of the bootstrap. */
    readonly received?: ReceivedForm;
  };
}[ResourceTypeName];

/** A resource as it came, for the admin interface. */
export interface ReceivedForm {
  readonly version: string;
  /** The encoded message. */
  readonly bytes: Uint8Array;
  /** Of the wall clock. */
  readonly atMs: number;
}

const PREFIX = 'type.googleapis.com/';

/** The type URL of a type. */
export function typeUrlOf(typeName: string): string {
  return PREFIX + typeName;
}

/** The type of a type URL. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.indexOf('/') + 1);
}
