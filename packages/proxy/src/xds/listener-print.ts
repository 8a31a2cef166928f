import { hash } from 'node:crypto';
import type { Listener } from '@weft/proto/envoy/config/listener/v3/listener';
import type { FilterChain } from '@weft/proto/envoy/config/listener/v3/listener_components';
import { decode, encode, Problems } from '@weft/proto/lite';
import type { ListenerPrint } from '../server/listener-set.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';

/** Tells versions of a listener apart, part by part. The bytes have been decoded without problems before. */
export function listenerPrint(bytes: Uint8Array): ListenerPrint {
  const listener = decode<Listener>(LISTENER, bytes, new Problems());
  if (listener === undefined) throw new Error('bug: a listener in use cannot be decoded');
  const { filterChains, defaultFilterChain } = listener;
  const chains = filterChains.map(printOf);
  const defaultChain = defaultFilterChain === undefined ? '' : printOf(defaultFilterChain);
  listener.filterChains = [];
  delete listener.defaultFilterChain;
  return { frame: hash('sha256', encode(listener)), chains, defaultChain };
}

function printOf(chain: FilterChain): string {
  return hash('sha256', encode(chain));
}
