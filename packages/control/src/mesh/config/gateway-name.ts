/** Names of gateways in VirtualServices (SEMANTICS 2). */

/** The name that stands for all sidecars. */
export const MESH_GATEWAY = 'mesh';

/** The gateway as `namespace/name`, or `mesh`. Names with dots are an older way of writing `name.namespace`. */
export function resolveGateway(gateway: string, namespace: string): string {
  if (gateway === MESH_GATEWAY) return gateway;
  const slash = gateway.indexOf('/');
  if (slash >= 0) return gateway.slice(0, slash) === '.' ? `${namespace}/${gateway.slice(slash + 1)}` : gateway;
  const [name, other] = gateway.split('.', 2);
  return other === undefined ? `${namespace}/${gateway}` : `${other}/${name}`;
}
