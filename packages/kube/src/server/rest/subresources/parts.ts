/** Parts of objects that are written on their own; `objectPart` finds the one that a URL names. */
import type { ResourceInfo } from '../../catalog.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { resize } from './resize.ts';
import { status } from './status.ts';
import type { ObjectPart } from './types.ts';

/** The verbs of every part. */
export const PART_VERBS: readonly string[] = ['get', 'patch', 'update'];

/** All parts, in the order in which discovery lists them. */
export const objectParts: readonly ObjectPart[] = [status, ephemeralContainers, resize];

/** The part of that name, if the resource has it. */
export function objectPart(info: ResourceInfo, name: string): ObjectPart | undefined {
  return name === '' ? undefined : objectParts.find((part) => part.name === name && part.offers(info));
}
