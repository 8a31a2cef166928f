import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { ageColumn, alwaysPresent, NONE } from '../meta/index.ts';
import { checkIngress } from './ingress.check.ts';
import { type IngressSpec, type IngressStatus, ingressSpec, ingressStatus } from './ingress-spec.ts';

interface IngressParts {
  readonly spec?: IngressSpec;
  readonly status?: IngressStatus;
}

const as = (object: ApiObject): IngressParts => object as IngressParts;
const MAX_HOSTS = 3;
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Leads requests from outside to services, by host and path. */
export const ingress = defineBuiltin({
  group: 'networking.k8s.io',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Leads requests from outside to services, by host and path.',
  fields: { spec: alwaysPresent(ingressSpec), status: alwaysPresent(ingressStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Class',
      type: 'string',
      description: 'Class of the ingress.',
      value: (o) => as(o).spec?.ingressClassName ?? o.metadata.annotations?.[CLASS_ANNOTATION] ?? NONE,
    },
    { name: 'Hosts', type: 'string', description: 'Hosts of the rules.', value: (o) => hosts(as(o)) },
    {
      name: 'Address',
      type: 'string',
      description: 'Where the ingress takes traffic.',
      value: (o) => addresses(as(o)),
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'Ports that are served.',
      value: (o) => ((as(o).spec?.tls ?? []).length > 0 ? '80, 443' : '80'),
    },
    ageColumn,
  ],
  initialStatus: () => ({ loadBalancer: {} }),
  check(object, report) {
    checkIngress(object.spec ?? {}, report);
    if (object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) {
      report.warn(`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`);
    }
  },
});

/** Leads requests from outside to services. */
export type Ingress = ObjectOf<typeof ingress>;

function hosts({ spec }: IngressParts): string {
  const all = (spec?.rules ?? []).map((rule) => rule.host ?? '').filter((host) => host !== '');
  if (all.length === 0) return '*';
  const shown = all.slice(0, MAX_HOSTS).join(',');
  return all.length > MAX_HOSTS ? `${shown} + ${all.length - MAX_HOSTS} more...` : shown;
}

function addresses({ status }: IngressParts): string {
  const points = status?.loadBalancer?.ingress ?? [];
  return points
    .map((point) => point.ip || point.hostname || '')
    .filter((text) => text !== '')
    .join(',');
}
