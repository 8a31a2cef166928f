/** `status`: what controllers say of an object; who writes it changes neither the spec nor the metadata. */
import type { ObjectPart } from './types.ts';

/** The status. */
export const status: ObjectPart = {
  name: 'status',
  fields: [['status']],
  offers: (info) => info.kind.hasStatus === true,
  merge: (next, old) => {
    const { status: _, ...rest } = old;
    return next['status'] === undefined ? rest : { ...rest, status: next['status'] };
  },
};
