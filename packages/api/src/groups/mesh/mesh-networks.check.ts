/** Rules of the networks of a mesh. */
import { parseCidr, parseIp } from '@weft/core';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel } from '../../validation/hosts.ts';
import type { MeshNetworks } from './mesh-networks.ts';

type Network = NonNullable<MeshNetworks['networks']>[string];

/** Checks every network. */
export function checkMeshNetworks(config: MeshNetworks, path: FieldPath, report: IssueReport): void {
  for (const [name, network] of Object.entries(config.networks ?? {})) {
    const at = path.child('networks').key(name);
    checkEndpoints(network, at.child('endpoints'), report);
    checkGateways(network, at.child('gateways'), report);
  }
}

function checkEndpoints(network: Network, path: FieldPath, report: IssueReport): void {
  for (const [i, { fromCidr, fromRegistry }] of (network.endpoints ?? []).entries()) {
    const at = path.index(i);
    if (fromCidr === undefined && fromRegistry === undefined) {
      report.required(at, 'one of fromCidr or fromRegistry must be set');
    }
    if (fromCidr !== undefined && parseCidr(fromCidr) === undefined && parseIp(fromCidr) === undefined) {
      report.invalid(at.child('fromCidr'), fromCidr, `${fromCidr} is not a valid CIDR block`);
    }
    if (fromRegistry !== undefined && !isDnsLabel(fromRegistry)) {
      report.invalid(at.child('fromRegistry'), fromRegistry, `invalid registry name: ${fromRegistry}`);
    }
  }
}

function checkGateways(network: Network, path: FieldPath, report: IssueReport): void {
  for (const [i, { registryServiceName, address, port = 0 }] of (network.gateways ?? []).entries()) {
    const at = path.index(i);
    const host = registryServiceName ?? address;
    if (host === undefined) report.required(at, 'one of registryServiceName or address must be set');
    else if (address === undefined || parseIp(address) === undefined) {
      const problem = fqdnProblem(host);
      const field = address === undefined ? 'registryServiceName' : 'address';
      if (problem !== undefined) report.invalid(at.child(field), host, problem);
    }
    if (port < 1 || port > 65535) {
      report.invalid(at.child('port'), port, `port number ${port} must be in the range 1..65535`);
    }
  }
}
