/** The listeners of sidecars, in the two halves that depend on different things. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { Finding } from '../../mesh/model/index.ts';
import type { TranslationInput } from '../input.ts';
import type { AuthorizationFilters } from './authorization.ts';
import { inboundListeners } from './inbound/inbound-listeners.ts';
import { httpProxyListener } from './outbound/http-proxy.ts';
import { outboundListeners } from './outbound/outbound-listeners.ts';
import { virtualOutbound } from './outbound/virtual-outbound.ts';
import { traitsOf } from './proxy-traits.ts';

/** All listeners: outbound, the capturing outbound one, inbound. */
export function sidecarListeners(
  input: TranslationInput,
  authorization: AuthorizationFilters,
  findings: Finding[],
): ListenerJson[] {
  return [...sidecarOutboundListeners(input, findings), ...sidecarInboundListeners(input, authorization, findings)];
}

/** Those for what the workload sends. They are the same for all proxies that see the same. */
export function sidecarOutboundListeners(input: TranslationInput, findings: Finding[]): ListenerJson[] {
  const traits = traitsOf(input.proxy, input.snapshot.settings);
  return [
    ...outboundListeners(input, traits, findings),
    ...httpProxyListener(input, traits),
    ...(traits.interceptionMode === 'NONE' ? [] : [virtualOutbound(input, traits)]),
  ];
}

/** Those for what the workload receives. */
export function sidecarInboundListeners(
  input: TranslationInput,
  authorization: AuthorizationFilters,
  findings: Finding[],
): ListenerJson[] {
  const traits = traitsOf(input.proxy, input.snapshot.settings);
  return inboundListeners({ input, traits, authorization }, findings);
}
