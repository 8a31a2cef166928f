import type { FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { HttpFilterJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';

/** Filters that let requests and connections in or not, in the order in which they are asked. */
export interface AuthorizationFilters {
  readonly http: readonly HttpFilterJson[];
  readonly tcp: readonly FilterJson[];
}
