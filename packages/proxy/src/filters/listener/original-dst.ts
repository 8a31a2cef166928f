import type { AcceptFilter, ListenerFilterKind } from './listener-filter.ts';

/** Gives connections that were redirected to the listener the address back that they were made to. */
export const ORIGINAL_DST: ListenerFilterKind = {
  typeName: 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst',
  create: (_filter, { abilities }): AcceptFilter => {
    const { originalDestination } = abilities;
    return {
      accept: (accepted) => {
        const address = originalDestination?.(accepted);
        if (address !== undefined) accepted.connection.restoreLocal(address);
      },
    };
  },
};
