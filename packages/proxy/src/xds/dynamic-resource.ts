import type { ResourceRuntimes, ResourceTypeName } from '@weft/engine';
import type { ReceivedForm } from '../admin/dynamic-view.ts';

/** A resource in use. */
export type DynamicResource = {
  readonly [T in ResourceTypeName]: {
    readonly typeName: T;
    readonly runtime: ResourceRuntimes[T];
    /** How it came; undefined for resources of the bootstrap. */
    readonly received?: ReceivedForm;
  };
}[ResourceTypeName];

const PREFIX = 'type.googleapis.com/';

/** The type URL of a type. */
export function typeUrlOf(typeName: string): string {
  return PREFIX + typeName;
}

/** The type of a type URL. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.indexOf('/') + 1);
}
