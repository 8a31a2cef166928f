/** The listeners of sidecars, in the two halves that depend on different things. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { Finding } from '../../mesh/model/index.ts';
import type { TranslationInput } from '../input.ts';
import type { AuthorizationFilters } from './authorization.ts';
import { portListeners } from './inbound/port-listeners.ts';
import { httpProxyListener } from './outbound/http-proxy.ts';
import { serviceListeners } from './outbound/service-listeners.ts';
import { virtualOutbound } from './outbound/virtual-outbound.ts';
import { traitsOf } from './proxy-traits.ts';

/** Those for what the workload sends, the capturing one last. They are the same for all proxies that see the same. */
export function outboundListeners(input: TranslationInput, findings: Finding[]): ListenerJson[] {
  const traits = traitsOf(input.proxy, input.snapshot.settings);
  return [
    ...serviceListeners(input, traits, findings),
    ...httpProxyListener(input, traits),
    ...(traits.interceptionMode === 'NONE' ? [] : [virtualOutbound(input, traits)]),
  ];
}

/** Those for what the workload receives. */
export function inboundListeners(
  input: TranslationInput,
  authorization: AuthorizationFilters,
  findings: Finding[],
): ListenerJson[] {
  const traits = traitsOf(input.proxy, input.snapshot.settings);
  return portListeners({ input, traits, authorization }, findings);
}
