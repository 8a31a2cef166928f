import { parseIp } from '@weft/core';
import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import {
  enumeration,
  FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { ipProblems } from '../../validation/ip.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../validation/names.ts';
import { checkPort } from '../../validation/port-name.ts';
import { ageColumn, NONE } from '../meta/index.ts';
import { objectReference } from './references.ts';
import { specialIpProblems } from './special-ip.ts';

const CORE = 'io.k8s.api.core.v1';
const MAX_SHOWN = 3;
const subsetsPath = FieldPath.root.child('subsets');

const endpointAddress = object(
  'A backend.',
  {
    ip: required(string('Address of the backend.')),
    hostname: string('Host name of the backend.'),
    nodeName: string('Node of the backend.'),
    targetRef: objectReference('Object that the backend is, usually a pod.'),
  },
  { name: `${CORE}.EndpointAddress`, mapType: 'atomic' },
);

const endpointPort = object(
  'A port of the backends.',
  {
    name: string('Name of the port, as in the service.'),
    port: required(integer('Port number.')),
    protocol: enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'], { default: 'TCP' }),
    appProtocol: string('Protocol above the transport.'),
  },
  { name: `${CORE}.EndpointPort`, mapType: 'atomic' },
);

const endpointSubset = object(
  'Backends that have the same ports.',
  {
    addresses: list('Backends that are ready.', endpointAddress, { listType: 'atomic' }),
    notReadyAddresses: list('Backends that are not ready.', endpointAddress, { listType: 'atomic' }),
    ports: list('Ports of the backends.', endpointPort, { listType: 'atomic' }),
  },
  { name: `${CORE}.EndpointSubset` },
);

/** Backends that have the same ports. */
export type EndpointSubset = Infer<typeof endpointSubset>;

/** The backends of a service, in the older form. */
export const endpoints = defineBuiltin({
  group: '',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  description: 'The backends of a service in one object; EndpointSlice is the newer form.',
  fields: { subsets: list('Backends, grouped by their ports.', endpointSubset, { listType: 'atomic' }) },
  versions: [
    {
      name: 'v1',
      isStorage: true,
      deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    },
  ],
  columns: [
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses and ports of ready backends.',
      value: (o) => describe(o),
    },
    ageColumn,
  ],
  check({ subsets = [] }, report) {
    for (const [i, subset] of subsets.entries()) checkSubset(subsetsPath.index(i), subset, report);
  },
});

/** The backends of a service, in the older form. */
export type Endpoints = ObjectOf<typeof endpoints>;

function describe(object: ApiObject): string {
  const all: string[] = [];
  for (const { addresses = [], ports = [] } of (object['subsets'] as EndpointSubset[] | undefined) ?? []) {
    if (ports.length === 0) all.push(...addresses.map((address) => address.ip));
    for (const { port } of ports)
      all.push(...addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  }
  if (all.length === 0) return NONE;
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown;
}

function checkSubset(path: FieldPath, subset: EndpointSubset, report: IssueReport): void {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    report.required(path, 'must specify `addresses` or `notReadyAddresses`');
  }
  for (const [field, all] of Object.entries({ addresses, notReadyAddresses })) {
    for (const [i, { ip, hostname = '', nodeName }] of all.entries()) {
      const at = path.child(field).index(i);
      const parsed = parseIp(ip);
      const problems = parsed === undefined ? ipProblems(ip) : specialIpProblems(parsed);
      for (const problem of problems) report.invalid(at.child('ip'), ip, problem);
      for (const problem of hostname === '' ? [] : dns1123LabelProblems(hostname)) {
        report.invalid(at.child('hostname'), hostname, problem);
      }
      for (const problem of nodeName === undefined ? [] : dns1123SubdomainProblems(nodeName)) {
        report.invalid(at.child('nodeName'), nodeName, problem);
      }
    }
  }
  for (const [i, { name = '', port }] of ports.entries()) {
    const at = path.child('ports').index(i);
    if (name === '' && ports.length > 1) report.required(at.child('name'));
    for (const problem of name === '' ? [] : dns1123LabelProblems(name))
      report.invalid(at.child('name'), name, problem);
    checkPort(at.child('port'), port, report);
  }
}
