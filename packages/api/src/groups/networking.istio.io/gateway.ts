import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { checkGateway, gatewaySpec } from './gateway-spec.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';

/** What proxies at the edge of the mesh accept: ports, hosts and certificates. */
export const gateway = defineKind({
  group: NETWORKING_GROUP,
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gw'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'What proxies at the edge of the mesh accept: ports, hosts and certificates.',
  fields: { spec: gatewaySpec, status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  nameRule: 'dns-label',
  columns: [ageColumn],
  check: checkGateway,
});

/** A Gateway object of the mesh's own API. */
export type Gateway = ObjectOf<typeof gateway>;
