import type { ApiObject, Column } from '../../kind/index.ts';
import { formatLabels, joinOrNone, NONE } from '../meta/index.ts';
import type { ServiceSpec, ServiceStatus } from './service-spec.ts';

interface Service {
  readonly spec?: ServiceSpec;
  readonly status?: ServiceStatus;
}

const as = (object: ApiObject): Service => object as Service;

/** Columns of services, as `kubectl` prints them; the last is shown by `-o wide` only. */
export const serviceColumns: readonly Column[] = [
  { name: 'Type', type: 'string', value: '.spec.type', description: 'How the service is exposed.' },
  {
    name: 'Cluster-IP',
    type: 'string',
    description: 'Address of the service.',
    value: (object) => {
      const { spec } = as(object);
      return spec?.clusterIP === undefined || spec.clusterIP === '' ? NONE : spec.clusterIP;
    },
  },
  {
    name: 'External-IP',
    type: 'string',
    description: 'Where it is reached from outside.',
    value: (o) => externalIp(as(o)),
  },
  { name: 'Port(s)', type: 'string', description: 'Ports, with their node ports.', value: (o) => portsOf(as(o)) },
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Labels of the pods behind the service.',
    value: (o) => formatLabels(as(o).spec?.selector),
  },
];

function externalIp({ spec = {}, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map((point) => point.ip || point.hostname || '');
      const all = [...ingress.filter((text) => text !== ''), ...external];
      return all.length > 0 ? all.join(',') : '<pending>';
    }
    case 'ClusterIP':
    case 'NodePort':
    case undefined:
      return joinOrNone(external);
  }
}

function portsOf({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort === undefined || nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return joinOrNone(ports);
}
