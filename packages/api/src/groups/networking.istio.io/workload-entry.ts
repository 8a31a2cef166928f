import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';
import { checkWorkloadEntry, workloadEntrySpec } from './workload-entry-spec.ts';

/** A workload outside of Kubernetes, such as a virtual machine. */
export const workloadEntry = defineKind({
  group: NETWORKING_GROUP,
  kind: 'WorkloadEntry',
  plural: 'workloadentries',
  shortNames: ['we'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'A workload outside of Kubernetes, such as a virtual machine.',
  fields: { spec: required(workloadEntrySpec), status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [
    ageColumn,
    { name: 'Address', type: 'string', value: '.spec.address', description: 'Address of the workload.' },
  ],
  check: checkWorkloadEntry,
});

/** A WorkloadEntry object. */
export type WorkloadEntry = ObjectOf<typeof workloadEntry>;
