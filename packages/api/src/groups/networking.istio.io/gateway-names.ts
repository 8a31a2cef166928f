/** Names of gateways that rules are bound to. */
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel } from '../../validation/hosts.ts';

/** The name that stands for all sidecars. */
export const MESH_GATEWAY = 'mesh';

/** Whether rules with these gateways apply to gateways only; none at all means the mesh. */
export function isGatewayOnly(gateways: readonly string[] | undefined): boolean {
  return gateways !== undefined && gateways.length > 0 && !gateways.includes(MESH_GATEWAY);
}

/** Checks that each is `mesh`, a name, or `namespace/name`. */
export function checkGatewayNames(gateways: readonly string[] | undefined, path: FieldPath, report: IssueReport): void {
  if (gateways === undefined) return;
  for (let i = 0; i < gateways.length; i++) {
    const name = gateways[i]!;
    const slash = name.indexOf('/');
    if (slash < 0) checkPlainName(name, path.index(i), report);
    else checkNamespacedName(name, slash, path.index(i), report);
  }
}

function checkPlainName(name: string, path: FieldPath, report: IssueReport): void {
  const problem = fqdnProblem(name);
  if (problem !== undefined) {
    report.invalid(path, name, problem);
    return;
  }
  const [gateway, namespace] = name.split('.');
  if (namespace === undefined || namespace === '') return;
  report.warn(
    `${path.toString()}: legacy gateway name ${JSON.stringify(name)}, prefer ${JSON.stringify(`${namespace}/${gateway}`)}`,
  );
}

function checkNamespacedName(name: string, slash: number, path: FieldPath, report: IssueReport): void {
  const namespace = name.slice(0, slash);
  const gateway = name.slice(slash + 1);
  if (namespace === '' || gateway === '') {
    report.invalid(path, name, 'config namespace and gateway name cannot be empty');
    return;
  }
  // "./gateway" is the namespace of the rule itself.
  if (namespace !== '.' && !isDnsLabel(namespace)) {
    report.invalid(path, name, `invalid value for namespace: ${JSON.stringify(namespace)}`);
  }
  if (!isDnsLabel(gateway)) {
    report.invalid(path, name, `invalid value for gateway name: ${JSON.stringify(gateway)}`);
  }
}
