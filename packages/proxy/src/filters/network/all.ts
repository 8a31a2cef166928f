import { HTTP_CONNECTION_MANAGER } from './http-connection-manager.ts';
import type { TerminalFilterKind } from './network-filter.ts';

/** Every network filter that ends a chain. Adding one is one file and one line here. */
export const TERMINAL_FILTER_KINDS: readonly TerminalFilterKind[] = [HTTP_CONNECTION_MANAGER];
