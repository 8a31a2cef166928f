/** Ports that a proxy cannot listen on. */
import { SIDECAR_PORT } from '../names/ports.ts';
import type { ProxyTraits } from './proxy-traits.ts';

const RESERVED: ReadonlySet<number> = new Set([
  SIDECAR_PORT.admin,
  SIDECAR_PORT.outbound,
  SIDECAR_PORT.inbound,
  SIDECAR_PORT.hbone,
  SIDECAR_PORT.agent,
  SIDECAR_PORT.ready,
  SIDECAR_PORT.metrics,
]);

const FIRST_FREE_PORT = 1024;

/** Why the proxy cannot open a port; undefined when it can. Sockets of the host (port 0) it always can. */
export function whyNotBindable(
  port: number,
  { isUnprivileged }: Pick<ProxyTraits, 'isUnprivileged'>,
): string | undefined {
  if (RESERVED.has(port)) return `port ${port} belongs to the proxy itself: choose another`;
  if (isUnprivileged && port > 0 && port < FIRST_FREE_PORT) {
    return `port ${port} cannot be opened by a proxy without privileges: choose one above ${FIRST_FREE_PORT - 1}`;
  }
  return undefined;
}
