/** What a gateway proxy listens on: the servers of all Gateways that select it, conflicts taken out (SEMANTICS 38). */
import type {
  GatewayConflict,
  GatewayHost,
  GatewayIr,
  GatewayPort,
  GatewayPortKind,
  GatewayServerIr,
  MergedGateways,
  MeshProxy,
  MeshSnapshot,
  ServiceTarget,
} from '../model/index.ts';
import { isSelected } from '../names/labels.ts';
import { byAge, compareText } from '../names/object-ref.ts';
import { isHttp } from '../registry/protocol.ts';
import { serviceTargets } from './service-targets.ts';

/** What a gateway proxy listens on. */
export function mergedGateways(snapshot: MeshSnapshot, proxy: MeshProxy): MergedGateways {
  const gateways = gatewaysFor(snapshot, proxy);
  const targets = gateways.length === 0 ? [] : serviceTargets(snapshot, proxy);
  return mergeGateways(gateways, targets);
}

/** The Gateways that select a proxy, oldest first. */
export function gatewaysFor(
  { config, settings }: Pick<MeshSnapshot, 'config' | 'settings'>,
  { namespace, labels }: Pick<MeshProxy, 'namespace' | 'labels'>,
): readonly GatewayIr[] {
  const isScoped = settings.options.scopesGatewaysToNamespace === true;
  return [...config.gateways.values()]
    .filter(({ selector, ref }) => isSelected(selector, labels) && (!isScoped || ref.namespace === namespace))
    .toSorted(byAge);
}

/** Merges Gateways, oldest first; `targets` translate ports of the Service of the proxy to those it listens on. */
export function mergeGateways(gateways: readonly GatewayIr[], targets: readonly ServiceTarget[]): MergedGateways {
  const merge = new Merge();
  for (const { servers } of gateways) {
    for (const server of servers) merge.add(server, listenPort(server.spec.port.number, targets));
  }
  return Object.freeze({ gateways, ports: merge.ports(), conflicts: Object.freeze(merge.conflicts) });
}

/** The port that the proxy listens on for a port of a Gateway: the target of the Service port of that number, or itself. */
function listenPort(number: number, targets: readonly ServiceTarget[]): number {
  return targets.find(({ port }) => port.number === number)?.targetPort ?? number;
}

interface OpenPort {
  readonly port: number;
  readonly number: number;
  readonly bind: string;
  readonly kind: GatewayPortKind;
  readonly servers: GatewayServerIr[];
  /** Host to the server that has it; only where the server name tells servers apart. */
  readonly claims: Map<string, GatewayServerIr>;
}

/** Puts servers together, port by port. Lives for one merge. */
class Merge {
  readonly conflicts: GatewayConflict[] = [];
  readonly #open = new Map<string, OpenPort>();

  /** Adds a server, unless an older one is in the way. */
  add(server: GatewayServerIr, port: number): void {
    const kind = kindOf(server);
    const key = `${port} ${server.bind}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      const { number } = server.spec.port;
      open = { port, number, bind: server.bind, kind, servers: [], claims: new Map() };
      this.#open.set(key, open);
    } else if (open.kind !== kind || kind === 'tcp') {
      this.#refuse(server, open.servers[0]!, { reason: 'protocol', port });
      return;
    }
    if (kind !== 'tls') open.servers.push(server);
    else this.#addTls(server, open);
  }

  /** All ports that have servers. */
  ports(): readonly GatewayPort[] {
    return Object.freeze(
      [...this.#open.values()]
        .filter(({ servers }) => servers.length > 0)
        .map(({ port, number, bind, kind, servers }): GatewayPort => {
          return Object.freeze({ port, number, bind, kind, servers: Object.freeze(servers) });
        })
        .toSorted((a, b) => a.port - b.port || compareText(a.bind, b.bind)),
    );
  }

  /** Servers of one port are told apart by server name, and their routes by the name of the port. */
  #addTls(server: GatewayServerIr, open: OpenPort): void {
    const { gateway, spec, protocol } = server;
    const twin = open.servers.find(
      (other) =>
        protocol === 'HTTPS' &&
        other.gateway === gateway &&
        other.protocol === 'HTTPS' &&
        other.spec.port.name === spec.port.name,
    );
    if (twin !== undefined) {
      this.#refuse(server, twin, { reason: 'port-name', port: open.port });
      return;
    }
    const hosts = server.hosts.filter((host) => this.#claim(server, host, open));
    if (hosts.length === 0) return;
    open.servers.push(hosts.length === server.hosts.length ? server : Object.freeze({ ...server, hosts }));
  }

  #claim(server: GatewayServerIr, { host }: GatewayHost, open: OpenPort): boolean {
    const owner = open.claims.get(host);
    if (owner === undefined) {
      open.claims.set(host, server);
      return true;
    }
    if (owner === server) return true;
    this.#refuse(server, owner, { reason: 'host', port: open.port, host });
    return false;
  }

  #refuse(
    server: GatewayServerIr,
    other: GatewayServerIr,
    why: Pick<GatewayConflict, 'reason' | 'port' | 'host'>,
  ): void {
    this.conflicts.push(Object.freeze({ server: server.source, other: other.source, ...why }));
  }
}

function kindOf({ protocol }: GatewayServerIr): GatewayPortKind {
  if (protocol === 'HTTPS' || protocol === 'TLS') return 'tls';
  return isHttp(protocol) ? 'http' : 'tcp';
}
