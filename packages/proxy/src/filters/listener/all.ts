import { HTTP_INSPECTOR } from './http-inspector.ts';
import type { ListenerFilterKind } from './listener-filter.ts';
import { ORIGINAL_DST } from './original-dst.ts';
import { PROXY_PROTOCOL } from './proxy-protocol.ts';
import { TLS_INSPECTOR } from './tls-inspector.ts';

/** Every listener filter. Adding one is one file and one line here. */
export const LISTENER_FILTER_KINDS: readonly ListenerFilterKind[] = [
  TLS_INSPECTOR,
  HTTP_INSPECTOR,
  ORIGINAL_DST,
  PROXY_PROTOCOL,
];
