import type { DomainEntry } from '../match/domain-table.ts';
import type { Trace } from '../trace/trace.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { RequestView } from '../view/request-view.ts';
import { firstValue } from './first-value.ts';
import type { RouteRuntime } from './route.ts';
import type { RouteConfigRuntime } from './route-config.ts';
import type { RouteInput } from './route-input.ts';
import { firstRoute } from './route-list.ts';
import type { VirtualHostRuntime } from './virtual-host.ts';

/** Which route takes a request. */
export type RouteDecision =
  | { readonly kind: 'route'; readonly virtualHost: VirtualHostRuntime; readonly route: RouteRuntime }
  /** The virtual host wants TLS: see `planTlsRedirect`. */
  | { readonly kind: 'tlsRedirect'; readonly virtualHost: VirtualHostRuntime; readonly route: undefined }
  /** No virtual host, or none of its routes. */
  | { readonly kind: 'none'; readonly virtualHost: VirtualHostRuntime | undefined; readonly route: undefined };

const NO_HOST: RouteDecision = Object.freeze({ kind: 'none', virtualHost: undefined, route: undefined });

/** Finds the route of a request. */
export function findRoute(
  config: RouteConfigRuntime,
  request: RequestView,
  connection: ConnectionView,
  input: RouteInput,
  trace?: Trace,
): RouteDecision {
  const { hostHeader } = config;
  const host = hostHeader === '' ? request.authority : firstValue(request, hostHeader);
  const entry = host === undefined ? undefined : config.hosts.find(host);
  if (trace !== undefined) traceHost(entry, host, hostHeader, trace);
  if (entry === undefined) return NO_HOST;
  const virtualHost = entry.value;
  if (virtualHost.requiresTls !== 'none' && needsRedirect(virtualHost, request, trace)) {
    return { kind: 'tlsRedirect', virtualHost, route: undefined };
  }
  const list = virtualHost.routes ?? virtualHost.matcher?.find(request, connection, input, trace);
  const route = list && firstRoute(list, request, connection, input, trace);
  return route === undefined ? { kind: 'none', virtualHost, route } : { kind: 'route', virtualHost, route };
}

/** TLS may have been ended in front of us: x-forwarded-proto says how the client came. */
function needsRedirect(virtualHost: VirtualHostRuntime, request: RequestView, trace: Trace | undefined): boolean {
  const proto = request.get('x-forwarded-proto') ?? request.scheme;
  const isInternal = virtualHost.requiresTls === 'external' && request.get('x-envoy-internal') === 'true';
  const isNeeded = proto !== 'https' && !isInternal;
  trace?.step({
    kind: 'tls_requirement',
    name: virtualHost.name,
    outcome: isNeeded ? 'failed' : 'matched',
    why: isInternal ? 'the request is internal' : `TLS is required, and the request came by ${proto}`,
  });
  return isNeeded;
}

function traceHost(
  entry: DomainEntry<VirtualHostRuntime> | undefined,
  host: string | undefined,
  hostHeader: string,
  trace: Trace,
): void {
  if (host === undefined) {
    trace.step({ kind: 'virtual_host', name: '', outcome: 'failed', why: `no header ${hostHeader}` });
    return;
  }
  const shown = `${hostHeader || 'host'} ${JSON.stringify(host)}`;
  if (entry === undefined) {
    const why = `no virtual host has a domain for ${shown}`;
    trace.step({ kind: 'virtual_host', name: '', outcome: 'failed', why });
    return;
  }
  const why = `${shown} belongs to domain ${JSON.stringify(entry.domain)}`;
  trace.step({ kind: 'virtual_host', name: entry.value.name, outcome: 'chosen', why });
}
