import type { MessageSupport } from '../../compile/support.ts';
import type { MatchInputCompiler } from '../match-input.ts';
import { HTTP_INPUT_SUPPORT, REQUEST_INPUTS, RESPONSE_INPUTS } from './http.ts';
import { NETWORK_INPUT_SUPPORT, NETWORK_INPUTS } from './network.ts';
import { TLS_INPUT_SUPPORT, TLS_INPUTS } from './tls.ts';

/** What is supported of inputs. */
export const MATCH_INPUT_SUPPORT: readonly MessageSupport[] = [
  ...NETWORK_INPUT_SUPPORT,
  ...TLS_INPUT_SUPPORT,
  ...HTTP_INPUT_SUPPORT,
];

/** What can be asked of a connection, as where a filter chain is chosen or a network filter decides. */
export const CONNECTION_INPUTS: readonly MatchInputCompiler[] = [...NETWORK_INPUTS, ...TLS_INPUTS];

/** What can be asked of a request. */
export const HTTP_INPUTS: readonly MatchInputCompiler[] = [...REQUEST_INPUTS, ...RESPONSE_INPUTS, ...CONNECTION_INPUTS];
