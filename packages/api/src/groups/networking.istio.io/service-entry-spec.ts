/** The fields of a ServiceEntry and the rules that its structure can say. */
import { enumeration, type Infer, list, object, required, string } from '../../schema/index.ts';
import { exportTo } from './export-to.ts';
import { uint32 } from './scalars.ts';
import { portRange, workloadEntrySpec } from './workload-entry-spec.ts';
import { workloadSelector } from './workload-selector.ts';

const servicePort = object('A port of the service.', {
  number: required({ ...uint32('Number of the port.'), rules: [portRange] }),
  protocol: string('HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP or TLS; found out when absent.', {
    maxLength: 256,
  }),
  name: required(string('Name of the port, unique in the service.', { minLength: 1, maxLength: 256 })),
  targetPort: { ...uint32('Port of the endpoints, when it is another.'), rules: [portRange] },
});

/** The fields of a ServiceEntry. */
export const serviceEntrySpec = object(
  'A service that is not found in Kubernetes.',
  {
    hosts: required(
      list(
        'Names of the service; "*.example.com" is allowed.',
        string('A host.', {
          rules: [{ message: 'hostname cannot be wildcard', check: (host) => host !== '*', cel: "self != '*'" }],
        }),
        { minItems: 1, maxItems: 256 },
      ),
    ),
    addresses: list('Addresses that clients connect to.', string('An address or a CIDR range.', { maxLength: 64 }), {
      maxItems: 256,
    }),
    ports: list('Ports of the service.', servicePort, {
      maxItems: 256,
      listType: 'map',
      mapKeys: ['name'],
      rules: [
        {
          message: 'port number cannot be duplicated',
          check: (ports) => new Set(ports.map((port) => port.number)).size === ports.length,
          cel: 'self.all(l1, self.exists_one(l2, l1.number == l2.number))',
        },
      ],
    }),
    location: enumeration('Whether the service is part of the mesh; MESH_EXTERNAL when absent.', [
      'MESH_EXTERNAL',
      'MESH_INTERNAL',
    ]),
    resolution: enumeration('How the endpoints are found; NONE (where the client connects to) when absent.', [
      'NONE',
      'STATIC',
      'DNS',
      'DNS_ROUND_ROBIN',
      'DYNAMIC_DNS',
    ]),
    endpoints: list('Endpoints of the service; excludes workloadSelector.', workloadEntrySpec, { maxItems: 4096 }),
    workloadSelector,
    exportTo: exportTo('service'),
    subjectAltNames: list('Names one of which the certificate of an endpoint must have.', string('A name.')),
  },
  {
    rules: [
      {
        message: 'only one of WorkloadSelector or Endpoints can be set',
        check: (spec) => spec.workloadSelector === undefined || spec.endpoints === undefined,
        cel: '(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1',
      },
      {
        message: 'CIDR addresses are allowed only for NONE/STATIC resolution types',
        check: (spec) =>
          spec.resolution === undefined ||
          spec.resolution === 'NONE' ||
          spec.resolution === 'STATIC' ||
          !(spec.addresses ?? []).some((address) => address.includes('/')),
        cel: "!(has(self.addresses) && self.addresses.exists(k, k.contains('/')) && has(self.resolution) && !(self.resolution in ['STATIC', 'NONE']))",
      },
      {
        message: 'NONE mode cannot set endpoints',
        check: (spec) => (spec.resolution ?? 'NONE') !== 'NONE' || spec.endpoints === undefined,
        cel: "(!has(self.resolution) || self.resolution == 'NONE') ? !has(self.endpoints) : true",
      },
      {
        message: 'DNS_ROUND_ROBIN mode cannot have multiple endpoints',
        check: (spec) => spec.resolution !== 'DNS_ROUND_ROBIN' || (spec.endpoints ?? []).length <= 1,
        cel: "(has(self.resolution) && self.resolution == 'DNS_ROUND_ROBIN' && has(self.endpoints)) ? size(self.endpoints) <= 1 : true",
      },
    ],
  },
);

/** The fields of a ServiceEntry. */
export type ServiceEntrySpec = Infer<typeof serviceEntrySpec>;
