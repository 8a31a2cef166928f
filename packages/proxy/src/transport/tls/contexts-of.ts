import type { ClusterRuntime, ListenerRuntime, TlsContextRuntime } from '@weft/engine';

/** A transport socket, some of which hold another one. */
type Transport = { readonly kind: string; readonly inner?: Transport | undefined };

/** The TLS contexts of a listener's filter chains. */
export function listenerTlsContexts({
  filterChains,
  defaultFilterChain,
}: ListenerRuntime): readonly TlsContextRuntime[] {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return contextsOf(chains.map(({ transport }) => transport));
}

/** The TLS contexts that a cluster uses for some of its hosts. */
export function clusterTlsContexts({ transport, transportMatches }: ClusterRuntime): readonly TlsContextRuntime[] {
  return contextsOf([transport, ...transportMatches.map((match) => match.transport)]);
}

function contextsOf(transports: readonly Transport[]): readonly TlsContextRuntime[] {
  return transports.map(innermost).filter(isTls);
}

function innermost(transport: Transport): Transport {
  return transport.inner === undefined ? transport : innermost(transport.inner);
}

function isTls(transport: Transport): transport is Transport & TlsContextRuntime {
  return transport.kind === 'tls';
}
