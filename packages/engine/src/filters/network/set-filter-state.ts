import type { Config } from '@weft/proto/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';
import { compileFilterState, type FilterStateRule } from '../filter-state.ts';

const TYPE = 'envoy.extensions.filters.network.set_filter_state.v3.Config';

/** What is supported of the filter. */
export const SET_FILTER_STATE_NETWORK_SUPPORT = [
  supports<Config>(TYPE, {
    onNewConnection: true,
    onDownstreamData: 'use on_new_connection',
    onDownstreamTlsHandshake: 'use on_new_connection',
  }),
];

/** A compiled filter. */
export interface SetFilterStateNetworkRuntime {
  /** Set when the connection comes, in this order. */
  readonly onNewConnection: readonly FilterStateRule[];
}

/** Puts objects into the state of connections. */
export const SET_FILTER_STATE_NETWORK_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.set_filter_state',
  typeName: TYPE,
  compile: (message, path, context): SetFilterStateNetworkRuntime | undefined => {
    const { onNewConnection: values } = message as Config;
    const onNewConnection = compileFilterState(values, `${path}.on_new_connection`, context);
    return onNewConnection && Object.freeze({ onNewConnection });
  },
};
