import { parseIp } from '@weft/core';
import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import {
  boolean,
  enumeration,
  FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { ipProblems } from '../../validation/ip.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.ts';
import { objectReference } from '../core/references.ts';
import { specialIpProblems } from '../core/special-ip.ts';
import { ageColumn } from '../meta/index.ts';

const DISCOVERY = 'io.k8s.api.discovery.v1';
const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 20_000;
const MAX_ADDRESSES = 100;
const MAX_ZONES = 8;
const UNSET = '<unset>';
const MAX_SHOWN = 3;

const endpoint = object(
  'A backend of the service.',
  {
    addresses: required(
      list('Addresses of the backend; the first is used.', string('An address.'), { listType: 'set' }),
    ),
    conditions: object(
      'What the backend can do.',
      {
        ready: boolean('It takes new traffic; unknown counts as true.'),
        serving: boolean('It can answer, even while it is ending.'),
        terminating: boolean('It is ending.'),
      },
      { name: `${DISCOVERY}.EndpointConditions`, default: {} },
    ),
    hostname: string('Host name of the backend.'),
    targetRef: objectReference('Object that the backend is, usually a pod.'),
    deprecatedTopology: map('Topology in an older form.', string('A value.')),
    nodeName: string('Node of the backend.'),
    zone: string('Zone of the backend.'),
    hints: object(
      'Who should use the backend.',
      {
        forZones: list(
          'Zones that should use it.',
          object('A zone.', { name: required(string('Name of the zone.')) }, { name: `${DISCOVERY}.ForZone` }),
          { listType: 'atomic' },
        ),
        forNodes: list(
          'Nodes that should use it.',
          object('A node.', { name: required(string('Name of the node.')) }, { name: `${DISCOVERY}.ForNode` }),
          { listType: 'atomic' },
        ),
      },
      { name: `${DISCOVERY}.EndpointHints` },
    ),
  },
  { name: `${DISCOVERY}.Endpoint` },
);

const endpointPort = object(
  'A port of all backends.',
  {
    name: string('Name of the port, as in the service.', { default: '' }),
    protocol: enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'], { default: 'TCP' }),
    port: integer('Port number; every port when absent.'),
    appProtocol: string('Protocol above the transport.'),
  },
  { name: `${DISCOVERY}.EndpointPort`, mapType: 'atomic' },
);

/** A backend of a service. */
export type Endpoint = Infer<typeof endpoint>;

/** A port of all backends of a slice. */
export type EndpointSlicePort = Infer<typeof endpointPort>;

interface SliceParts {
  readonly ports?: EndpointSlicePort[];
  readonly endpoints?: Endpoint[];
}

/** Some of the backends of a service. */
export const endpointSlice = defineBuiltin({
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  hasGeneration: true,
  description: 'Some of the backends of a service, with their state.',
  fields: {
    addressType: required(enumeration('What addresses are; cannot be changed.', ['FQDN', 'IPv4', 'IPv6'])),
    endpoints: list('The backends.', endpoint, { listType: 'atomic' }),
    ports: list('Ports of all backends.', endpointPort, { listType: 'atomic' }),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'AddressType', type: 'string', value: '.addressType', description: 'What addresses are.' },
    { name: 'Ports', type: 'string', description: 'Ports of all backends.', value: (o) => ports(o) },
    { name: 'Endpoints', type: 'string', description: 'Addresses of the backends.', value: (o) => addresses(o) },
    ageColumn,
  ],
  check(object, report, context) {
    checkSlice(object, report);
    if (context.old !== undefined && context.old['addressType'] !== object.addressType) {
      report.invalid(FieldPath.root.child('addressType'), object.addressType, 'field is immutable');
    }
  },
});

/** Some of the backends of a service. */
export type EndpointSlice = ObjectOf<typeof endpointSlice>;

function ports(object: ApiObject): string {
  const all = (object as SliceParts).ports ?? [];
  if (all.length === 0) return UNSET;
  return short(all.map(({ port, name }) => (port === undefined ? name || '*' : String(port))));
}

function addresses(object: ApiObject): string {
  const all = ((object as SliceParts).endpoints ?? []).flatMap((one) => one.addresses);
  return all.length === 0 ? UNSET : short(all);
}

function short(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_SHOWN).join(',');
  return texts.length > MAX_SHOWN ? `${shown} + ${texts.length - MAX_SHOWN} more...` : shown;
}

function checkSlice(slice: EndpointSlice, report: IssueReport): void {
  const path = FieldPath.root.child('endpoints');
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > MAX_ENDPOINTS) report.tooMany(path, endpoints.length, MAX_ENDPOINTS);
  for (const [i, one] of endpoints.entries()) checkEndpoint(path.index(i), one, slice.addressType, report);
  const portsPath = FieldPath.root.child('ports');
  const all = slice.ports ?? [];
  if (all.length > MAX_PORTS) report.tooMany(portsPath, all.length, MAX_PORTS);
  const names = new Set<string>();
  for (const [i, { name = '', appProtocol }] of all.entries()) {
    const at = portsPath.index(i);
    for (const problem of name === '' ? [] : dns1123LabelProblems(name))
      report.invalid(at.child('name'), name, problem);
    if (names.has(name)) report.duplicate(at.child('name'), name);
    names.add(name);
    for (const problem of appProtocol === undefined ? [] : qualifiedNameProblems(appProtocol)) {
      report.invalid(at.child('appProtocol'), appProtocol, problem);
    }
  }
}

function checkEndpoint(path: FieldPath, one: Endpoint, type: EndpointSlice['addressType'], report: IssueReport): void {
  const at = path.child('addresses');
  if (one.addresses.length === 0) report.required(at, 'must contain at least 1 address');
  if (one.addresses.length > MAX_ADDRESSES) report.tooMany(at, one.addresses.length, MAX_ADDRESSES);
  for (const [i, address] of one.addresses.entries()) {
    for (const problem of addressProblems(address, type)) report.invalid(at.index(i), address, problem);
  }
  const { hostname, nodeName } = one;
  for (const problem of hostname === undefined ? [] : dns1123LabelProblems(hostname)) {
    report.invalid(path.child('hostname'), hostname, problem);
  }
  for (const problem of nodeName === undefined ? [] : dns1123SubdomainProblems(nodeName)) {
    report.invalid(path.child('nodeName'), nodeName, problem);
  }
  const zones = one.hints?.forZones ?? [];
  if (zones.length > MAX_ZONES) report.tooMany(path.child('hints', 'forZones'), zones.length, MAX_ZONES);
}

function addressProblems(address: string, type: EndpointSlice['addressType']): string[] {
  if (type === 'FQDN') return dns1123SubdomainProblems(address.replace(/\.$/, ''));
  const ip = parseIp(address);
  if (ip === undefined) return ipProblems(address);
  if (type === 'IPv4' && ip.family !== 4) return ['must be an IPv4 address'];
  if (type === 'IPv6' && ip.family !== 6) return ['must be an IPv6 address'];
  return specialIpProblems(ip);
}
