import type { SetFilterStateNetworkRuntime } from '@weft/engine';
import type { AdmissionFilterKind } from './network-filter.ts';

/** Puts objects into the state of connections (envoy.filters.network.set_filter_state). */
export const SET_FILTER_STATE: AdmissionFilterKind = {
  typeName: 'envoy.extensions.filters.network.set_filter_state.v3.Config',
  create: ({ config }) => {
    const { onNewConnection } = config as SetFilterStateNetworkRuntime;
    return {
      admit: ({ readOnlyState, record }) => {
        for (const { key, formatter, isReadOnly, skipsEmpty } of onNewConnection) {
          if (readOnlyState.has(key)) continue;
          const value = formatter.format(record);
          if (value === '' && skipsEmpty) continue;
          record.setFilterState(key, value);
          if (isReadOnly) readOnlyState.add(key);
        }
        return 'pass';
      },
    };
  },
};
