/** Names of route configurations, as Istio has them. */
import type { GatewayPort, GatewayServerIr } from '../../mesh/model/index.ts';

/** Routes of the port on which sidecars are an HTTP proxy. */
export const HTTP_PROXY_ROUTES = 'http_proxy';

const UNIX_PREFIX = 'unix://';

/** What the name of an outbound route configuration stands for. */
export type OutboundRouteName =
  /** All services with a port, or all that a listener of a Sidecar has. */
  | { readonly kind: 'port'; readonly port: number }
  /** One service whose protocol is found out. */
  | { readonly kind: 'service'; readonly hostname: string; readonly port: number }
  /** A socket that a Sidecar names. */
  | { readonly kind: 'unix'; readonly bind: string }
  /** Requests for any service and port, as clients send them to HTTP proxies. */
  | { readonly kind: 'proxy' };

/** The routes of all services with a port: `80`. */
export function portRouteName(port: number): string {
  return String(port);
}

/** The routes of one service whose protocol is found out: `reviews.default.svc.cluster.local:9080`. */
export function serviceRouteName(hostname: string, port: number): string {
  return `${hostname}:${port}`;
}

/** What a name says; undefined for names that are none of ours. */
export function parseOutboundRouteName(name: string): OutboundRouteName | undefined {
  if (name === HTTP_PROXY_ROUTES) return { kind: 'proxy' };
  if (name.startsWith(UNIX_PREFIX)) return { kind: 'unix', bind: name };
  const colon = name.lastIndexOf(':');
  const digits = name.slice(colon + 1);
  if (!/^\d{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  return colon < 0 ? { kind: 'port', port } : { kind: 'service', hostname: name.slice(0, colon), port };
}

/**
 * The routes of a server: all plain servers of a port share `http.8080`; each that ends TLS has its own
 * `https.443.name.gateway.namespace`. Servers that read no HTTP have none.
 */
export function gatewayRouteName(port: GatewayPort, server: GatewayServerIr): string | undefined {
  const bind = port.bind === '' ? '' : `.${port.bind}`;
  if (port.kind === 'http') return `http.${port.port}${bind}`;
  const { mode = 'PASSTHROUGH' } = server.spec.tls ?? {};
  if (server.protocol !== 'HTTPS' || mode.endsWith('PASSTHROUGH')) return undefined;
  const { number, name } = server.spec.port;
  return `https.${number}.${name}.${server.gateway.name}.${server.gateway.namespace}${bind}`;
}
