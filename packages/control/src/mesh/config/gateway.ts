/** Reads Gateways (SEMANTICS 38). */
import type { GatewayHost, GatewayIr, GatewayServerIr, MeshObject } from '../model/index.ts';
import { createdAtMs, refOf, ruleRef } from '../names/object-ref.ts';
import { protocolOfField } from '../registry/protocol.ts';

/** What an object says. */
export function parseGateway(object: MeshObject<'Gateway'>): GatewayIr {
  const { namespace = '', name = '' } = object.metadata;
  const ref = refOf('Gateway', object);
  const servers = (object.spec?.servers ?? []).map((spec, i): GatewayServerIr => {
    const { number, protocol, name: portName } = spec.port;
    return Object.freeze({
      gateway: ref,
      source: ruleRef(ref, `spec.servers[${i}]`),
      spec,
      protocol: protocolOfField(protocol, { number, name: portName }),
      hosts: Object.freeze(spec.hosts.map((host) => parseGatewayHost(host, namespace))),
      bind: spec.bind ?? '',
    });
  });
  return Object.freeze({
    ref,
    createdAtMs: createdAtMs(object),
    name: `${namespace}/${name}`,
    selector: object.spec?.selector ?? {},
    servers: Object.freeze(servers),
  });
}

/** Reads `namespace/host`, `./host`, `*` for any namespace, or the host alone, which means the same. */
export function parseGatewayHost(text: string, namespace: string): GatewayHost {
  const slash = text.indexOf('/');
  const written = slash < 0 ? '*' : text.slice(0, slash);
  return Object.freeze({ namespace: written === '.' ? namespace : written, host: text.slice(slash + 1).toLowerCase() });
}
