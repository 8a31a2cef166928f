import type { HttpFilterRuntime } from '@weft/engine';
import type { HttpFilterFactory } from './filter.ts';

/** Makes the factory of one filter of a connection manager. */
export interface HttpFilterKind {
  /** The type of its configuration. */
  readonly typeName: string;
  create(filter: HttpFilterRuntime): HttpFilterFactory;
}

/** Every HTTP filter but the router. Adding one is one file and one line here. */
export const HTTP_FILTER_KINDS: readonly HttpFilterKind[] = [];

/** The router, which is always the last. */
export const ROUTER_TYPE = 'envoy.extensions.filters.http.router.v3.Router';
