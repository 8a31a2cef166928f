import type { Echo } from '@weft/proto/envoy/extensions/filters/network/echo/v3/echo';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';

const TYPE = 'envoy.extensions.filters.network.echo.v3.Echo';

/** What is supported of the filter. */
export const ECHO_SUPPORT = [supports<Echo>(TYPE, {})];

/** Sends back what comes. */
export const ECHO_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.echo',
  typeName: TYPE,
  isTerminal: true,
  compile: () => Object.freeze({}),
};
