/** The port on which a sidecar is an HTTP proxy, for programs that are told to use one. */
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { TranslationInput } from '../../input.ts';
import { HTTP_PROXY_ROUTES } from '../../names/route-name.ts';
import { provenance } from '../../provenance.ts';
import { addressJson, listenerName, loopbackOf } from '../addresses.ts';
import { httpManager } from '../http-manager.ts';
import type { ProxyTraits } from '../proxy-traits.ts';

/** The listener, if the mesh or the proxy asks for it. */
export function httpProxyListener(input: TranslationInput, traits: ProxyTraits): ListenerJson[] {
  const { httpProxyPort: port } = traits;
  if (port === 0) return [];
  const { settings } = input.snapshot;
  const name = listenerName(loopbackOf(traits), port);
  const sources = settings.source === undefined ? [] : [settings.source];
  return [
    input.memo.get('httpProxyListener', [settings, traits.key], () => ({
      name,
      address: addressJson(loopbackOf(traits), port),
      filterChains: [
        {
          filters: [
            httpManager(input, traits, {
              side: 'outbound',
              statPrefix: `outbound_${name};`,
              routes: HTTP_PROXY_ROUTES,
              protocol: 'HTTP_PROXY',
            }),
          ],
          metadata: provenance(sources),
        },
      ],
      listenerFiltersTimeout: '0s',
      continueOnListenerFiltersTimeout: true,
      trafficDirection: 'OUTBOUND',
      metadata: provenance(sources),
    })),
  ];
}
