import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { checkServiceEntry } from './service-entry-check.ts';
import { serviceEntrySpec } from './service-entry-spec.ts';
import { serviceEntryStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';

/** A service that is not found in Kubernetes: outside of the mesh, or made of workloads that register themselves. */
export const serviceEntry = defineKind({
  group: NETWORKING_GROUP,
  kind: 'ServiceEntry',
  plural: 'serviceentries',
  shortNames: ['se'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description:
    'A service that is not found in Kubernetes: outside of the mesh, or made of workloads that register themselves.',
  fields: { spec: required(serviceEntrySpec), status: serviceEntryStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [
    { name: 'Hosts', type: 'string', value: '.spec.hosts', description: 'Names of the service.' },
    { name: 'Location', type: 'string', value: '.spec.location', description: 'Whether it is part of the mesh.' },
    { name: 'Resolution', type: 'string', value: '.spec.resolution', description: 'How the endpoints are found.' },
    ageColumn,
  ],
  check: checkServiceEntry,
});

/** A ServiceEntry object. */
export type ServiceEntry = ObjectOf<typeof serviceEntry>;
