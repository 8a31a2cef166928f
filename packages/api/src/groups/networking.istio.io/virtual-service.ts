import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';
import { checkVirtualService, virtualServiceSpec } from './virtual-service-spec.ts';

/** Rules for requests to hosts: where they are sent, and what happens to them on the way. */
export const virtualService = defineKind({
  group: NETWORKING_GROUP,
  kind: 'VirtualService',
  plural: 'virtualservices',
  shortNames: ['vs'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'Rules for requests to hosts: where they are sent, and what happens to them on the way.',
  fields: { spec: virtualServiceSpec, status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [
    { name: 'Gateways', type: 'string', value: '.spec.gateways', description: 'Gateways that apply the rules.' },
    { name: 'Hosts', type: 'string', value: '.spec.hosts', description: 'Hosts that the rules are for.' },
    ageColumn,
  ],
  check: checkVirtualService,
});

/** A VirtualService object. */
export type VirtualService = ObjectOf<typeof virtualService>;
