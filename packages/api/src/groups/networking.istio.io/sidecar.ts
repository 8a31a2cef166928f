import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { checkSidecar } from './sidecar-check.ts';
import { sidecarSpec } from './sidecar-spec.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';

/** What sidecars accept, and what they can reach; less to reach means less configuration. */
export const sidecar = defineKind({
  group: NETWORKING_GROUP,
  kind: 'Sidecar',
  plural: 'sidecars',
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'What sidecars accept, and what they can reach; less to reach means less configuration.',
  fields: { spec: sidecarSpec, status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [ageColumn],
  check: checkSidecar,
});

/** A Sidecar object. */
export type Sidecar = ObjectOf<typeof sidecar>;
