/** The listener that gets all connections of the workload, and hands them to the one that has the address they were meant for. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { TranslationInput } from '../../input.ts';
import { defined, filled } from '../../json/defined.ts';
import { VIRTUAL_OUTBOUND_NAME } from '../../names/listener-name.ts';
import { SIDECAR_PORT } from '../../names/ports.ts';
import { provenance } from '../../provenance.ts';
import { listenerAccessLogs } from '../access-logs.ts';
import { addressJson, wildcardOf } from '../addresses.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { blackHole, catchAll } from '../tcp-proxy.ts';

/** Connections that no other listener is for go where they were meant to, or nowhere. */
export function virtualOutbound(input: TranslationInput, traits: ProxyTraits): ListenerJson {
  const { snapshot, scope, memo } = input;
  const parts = [snapshot.settings, traits.key, scope.outboundTrafficPolicy, scope.sidecar];
  return memo.get(VIRTUAL_OUTBOUND_NAME, parts, () => {
    const port = snapshot.settings.config.proxyListenPort ?? SIDECAR_PORT.outbound;
    const metadata = provenance(scope.sidecar === undefined ? [] : [scope.sidecar]);
    return defined<ListenerJson>({
      name: VIRTUAL_OUTBOUND_NAME,
      address: addressJson(wildcardOf(traits), port),
      useOriginalDst: true,
      transparent: traits.interceptionMode === 'TPROXY' ? true : undefined,
      filterChains: [
        {
          // Who connects to the port itself was not redirected: passing it on would come back here for ever.
          name: 'virtualOutbound-blackhole',
          filterChainMatch: { destinationPort: port },
          filters: [blackHole()],
          metadata,
        },
        { name: 'virtualOutbound-catchall-tcp', filters: [catchAll(input, traits)], metadata },
      ],
      accessLog: filled(listenerAccessLogs(input)),
      trafficDirection: 'OUTBOUND',
      metadata,
    });
  });
}
