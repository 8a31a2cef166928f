import type { Config } from '@weft/proto/envoy/extensions/filters/network/direct_response/v3/config';
import { compileDataSource } from '../../compile/data-source.ts';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';

const TYPE = 'envoy.extensions.filters.network.direct_response.v3.Config';

/** What is supported of the filter. */
export const DIRECT_RESPONSE_NETWORK_SUPPORT = [supports<Config>(TYPE, { response: true })];

/** A compiled filter. */
export interface DirectResponseNetworkRuntime {
  readonly bytes: Uint8Array;
}

/** Why connections are closed, which happens after the answer. */
export const DIRECT_RESPONSE_CLOSE_REASON = 'direct_response_close';

/** Answers connections with some bytes, and closes them. */
export const DIRECT_RESPONSE_NETWORK_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.direct_response',
  typeName: TYPE,
  isTerminal: true,
  compile: (message, path, context): DirectResponseNetworkRuntime | undefined => {
    const { response } = message as Config;
    // Envoy takes an empty answer for none: the connection is closed.
    if (response === undefined) return Object.freeze({ bytes: new Uint8Array() });
    const bytes = compileDataSource(response, `${path}.response`, context);
    return bytes && Object.freeze({ bytes });
  },
};
