import type { HostOverride } from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import type { UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import { NO_HEALTHY_UPSTREAM } from './upstream-replies.ts';

/** What becomes of a request that asks for a host: it goes there, it is refused, or undefined: the balancer chooses. */
export type SessionHost =
  | { readonly kind: 'host'; readonly host: UpstreamHost }
  | { readonly kind: 'refused'; readonly reply: LocalReply }
  | undefined;

/** Looks for the host that a request asks for. */
export function findSessionHost(
  cluster: Pick<UpstreamCluster, 'hostAt'>,
  { address, isStrict, notFoundStatus }: HostOverride,
): SessionHost {
  const host = cluster.hostAt(address);
  if (typeof host !== 'string') return { kind: 'host', host };
  if (!isStrict) return undefined;
  const reply = host === 'unknown' ? { ...NO_HEALTHY_UPSTREAM, status: notFoundStatus } : NO_HEALTHY_UPSTREAM;
  return { kind: 'refused', reply };
}
