/** Puts texts into the state of requests (envoy.filters.http.set_filter_state). */
import type { SetFilterStateRuntime } from '@weft/engine';
import { FilterStatus, type HttpFilterKind } from './filter.ts';

/** See the file's head. */
export const SET_FILTER_STATE: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.set_filter_state.v3.Config',
  create: ({ name, isDisabled, config }) => {
    const { onRequestHeaders, clearsRoute } = config as SetFilterStateRuntime;
    /** What nobody may set again. */
    const isReadOnly = new Set(onRequestHeaders.filter((rule) => rule.isReadOnly).map((rule) => rule.key));
    return {
      name,
      isDisabled,
      create: (stream) => ({
        onRequestHead: () => {
          for (const { key, formatter, skipsEmpty } of onRequestHeaders) {
            const isTaken = isReadOnly.has(key) && stream.view.filterState(key) !== undefined;
            const value = isTaken ? '' : (formatter.format(stream.view) ?? '');
            if (!isTaken && !(skipsEmpty && value === '')) stream.setFilterState(key, value);
          }
          if (clearsRoute) stream.clearRoute();
          return FilterStatus.next;
        },
      }),
    };
  },
};
