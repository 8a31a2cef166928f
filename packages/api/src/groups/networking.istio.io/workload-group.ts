import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';
import { checkWorkloadGroup, workloadGroupSpec } from './workload-group-spec.ts';

/** What workloads outside of Kubernetes that register themselves have in common. */
export const workloadGroup = defineKind({
  group: NETWORKING_GROUP,
  kind: 'WorkloadGroup',
  plural: 'workloadgroups',
  shortNames: ['wg'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'What workloads outside of Kubernetes that register themselves have in common.',
  fields: { spec: required(workloadGroupSpec), status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [ageColumn],
  check: checkWorkloadGroup,
});

/** A WorkloadGroup object. */
export type WorkloadGroup = ObjectOf<typeof workloadGroup>;
