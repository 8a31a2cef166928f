/** The fields of a WorkloadEntry, which are those of an endpoint, and the rules across them. */
import { isIp } from '@weft/core';
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  map,
  object,
  type SchemaRule,
  string,
} from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel } from '../../validation/hosts.ts';
import { checkUnixAddress, isUnixAddress } from './bind-address.ts';
import { checkLabels } from './labels.ts';
import { uint32 } from './scalars.ts';

const PORT_NAME = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** The number must be that of a port. */
export const portRange: SchemaRule<number> = {
  message: 'port must be between 1-65535',
  check: (port) => port > 0 && port <= 65535,
  cel: '0 < self && self <= 65535',
};

/** A port number that is never 0. */
export const portNumber = { ...uint32('Number of the port.'), rules: [portRange] };

const endpointFields = {
  address: string('Address of the endpoint without a port: an IP address, a name, or unix:///path.', {
    maxLength: 256,
    rules: [
      {
        message: 'UDS must be an absolute path or abstract socket',
        check: (address) => !isUnixAddress(address) || /^unix:\/\/[/@]/.test(address),
        cel: "self.startsWith('unix://') ? (self.substring(7, 8) == '/' || self.substring(7, 8) == '@') : true",
      },
      {
        message: 'UDS may not be a dir',
        check: (address) => !isUnixAddress(address) || !address.endsWith('/'),
        cel: "self.startsWith('unix://') ? !self.endsWith('/') : true",
      },
    ],
  }),
  ports: map('Ports of the endpoint by the names of the ports of the service.', portNumber, {
    maxProperties: 128,
    rules: [
      {
        message: 'port name must be valid',
        check: (ports) => Object.keys(ports).every((name) => name.length < 63 && PORT_NAME.test(name)),
        cel: "self.all(key, size(key) < 63 && key.matches('^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$'))",
      },
    ],
  }),
  labels: map('Labels of the endpoint.', string('Value of the label.'), { maxProperties: 256 }),
  network: string('Network that the endpoint is in; other networks reach it through gateways.', { maxLength: 2048 }),
  locality: string('Place of the endpoint: region/zone/sub-zone.', { maxLength: 2048 }),
  weight: uint32('Share of the requests, relative to other endpoints.'),
  serviceAccount: string('Service account of the workload.', { maxLength: 253 }),
};

/** The template of the entries of a group, in which the address is not yet known. */
export const workloadTemplate = object('What the entries of a group have in common.', endpointFields);

/** An endpoint outside of Kubernetes. */
export const workloadEntrySpec = object('An endpoint outside of Kubernetes.', endpointFields, {
  rules: [
    {
      message: 'Address is required',
      check: (entry) => entry.address !== undefined || entry.network !== undefined,
      cel: 'has(self.address) || has(self.network)',
    },
    {
      message: 'UDS may not include ports',
      check: (entry) => entry.address === undefined || !isUnixAddress(entry.address) || entry.ports === undefined,
      cel: "(has(self.address) && self.address.startsWith('unix://')) ? !has(self.ports) : true",
    },
  ],
});

/** An endpoint outside of Kubernetes. */
export type WorkloadEntrySpec = Infer<typeof workloadEntrySpec>;

/** What an endpoint must fit to. */
export interface EndpointContext {
  /** Names of the ports of the service, when they are known. */
  readonly portNames?: ReadonlySet<string>;
  /** Whether a name may stand in place of an address. */
  readonly allowsNames: boolean;
}

/** Checks the object as a whole. */
export function checkWorkloadEntry(
  entry: { readonly metadata: ObjectMeta; readonly spec: WorkloadEntrySpec },
  report: IssueReport,
): void {
  checkEndpoint(entry.spec, { allowsNames: true }, specPath, report);
}

/** Checks one endpoint. */
export function checkEndpoint(
  entry: WorkloadEntrySpec,
  context: EndpointContext,
  path: FieldPath,
  report: IssueReport,
): void {
  const address = entry.address ?? '';
  if (address === '') {
    const network = entry.network ?? '';
    if (network === '') {
      report.required(path.child('address'), 'address is required');
      return;
    }
    report.warn(`${path.child('address').toString()}: address is unset with network ${JSON.stringify(network)}`);
  } else if (isUnixAddress(address)) {
    checkUnixAddress(address, path.child('address'), report);
    if (context.portNames !== undefined && context.portNames.size !== 1) {
      report.invalid(path.child('address'), address, 'exactly 1 service port required for unix endpoints');
    }
  } else if (!isIp(address)) checkName(address, context.allowsNames, path.child('address'), report);
  for (const name of Object.keys(entry.ports ?? {})) {
    if (context.portNames !== undefined && !context.portNames.has(name)) {
      report.invalid(path.child('ports'), name, `endpoint port ${name} is not defined by the service entry`);
    }
    if (!isDnsLabel(name)) report.invalid(path.child('ports'), name, `invalid port name: ${name}`);
  }
  checkLabels(entry.labels, path.child('labels'), report);
}

function checkName(address: string, isAllowed: boolean, path: FieldPath, report: IssueReport): void {
  if (!isAllowed)
    report.invalid(path, address, `endpoint address ${JSON.stringify(address)} is not a valid IP address`);
  else if (fqdnProblem(address) !== undefined) {
    report.invalid(path, address, `endpoint address ${JSON.stringify(address)} is not a valid FQDN or an IP address`);
  }
}
