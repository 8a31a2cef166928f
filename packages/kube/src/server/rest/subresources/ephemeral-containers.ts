/** `pods/NAME/ephemeralcontainers`: containers that are added to look into a running pod. */
import { isPlainObject } from '@weft/api';
import { kinds } from '../../kinds.ts';
import type { ObjectPart } from './types.ts';

/** The ephemeral containers. */
export const ephemeralContainers: ObjectPart = {
  name: 'ephemeralcontainers',
  fields: [['spec', 'ephemeralContainers']],
  offers: (info) => info.kind === kinds.pod,
  merge: (next, old) => {
    const given = isPlainObject(next['spec']) ? next['spec']['ephemeralContainers'] : undefined;
    const { ephemeralContainers: _, ...spec } = old['spec'] as Record<string, unknown>;
    return { ...old, spec: given === undefined ? spec : { ...spec, ephemeralContainers: given } };
  },
};
