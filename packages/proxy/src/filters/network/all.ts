import { HTTP_CONNECTION_MANAGER } from './http-connection-manager.ts';
import type { AdmissionFilterKind, TerminalFilterKind } from './network-filter.ts';
import { TCP_PROXY } from './tcp-proxy.ts';

/** Every network filter in front of the one that ends a chain. Adding one is one file and one line here. */
export const ADMISSION_FILTER_KINDS: readonly AdmissionFilterKind[] = [];

/** Every network filter that ends a chain. Adding one is one file and one line here. */
export const TERMINAL_FILTER_KINDS: readonly TerminalFilterKind[] = [HTTP_CONNECTION_MANAGER, TCP_PROXY];
