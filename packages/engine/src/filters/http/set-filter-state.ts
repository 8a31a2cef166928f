import type { Config } from '@weft/proto/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { compileFilterState, type FilterStateRule } from '../filter-state.ts';

const TYPE = 'envoy.extensions.filters.http.set_filter_state.v3.Config';

/** What is supported of the filter. */
export const SET_FILTER_STATE_SUPPORT = [
  supports<Config>(TYPE, {
    onRequestHeaders: true,
    clearRouteCache: true,
  }),
];

/** A compiled filter. */
export interface SetFilterStateRuntime {
  /** Set when the head of the request is there, in this order. */
  readonly onRequestHeaders: readonly FilterStateRule[];
  /** Whether the route is chosen anew then. */
  readonly clearsRoute: boolean;
}

/** Puts objects into the state of requests. */
export const SET_FILTER_STATE_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.set_filter_state',
  typeName: TYPE,
  compile: (message, path, context): SetFilterStateRuntime | undefined => {
    const { onRequestHeaders: values, clearRouteCache: clearsRoute } = message as Config;
    const onRequestHeaders = compileFilterState(values, `${path}.on_request_headers`, context);
    return onRequestHeaders && Object.freeze({ onRequestHeaders, clearsRoute });
  },
};
