import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { checkEnvoyFilter } from './envoy-filter-check.ts';
import { envoyFilterSpec } from './envoy-filter-spec.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories } from './versions.ts';

/** Changes of the configuration that proxies get, for what no other kind can say. */
export const envoyFilter = defineKind({
  group: NETWORKING_GROUP,
  kind: 'EnvoyFilter',
  plural: 'envoyfilters',
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'Changes of the configuration that proxies get, for what no other kind can say.',
  fields: { spec: envoyFilterSpec, status: istioStatus },
  versions: [{ name: 'v1alpha3', isStorage: true }],
  hasStatus: true,
  columns: [ageColumn],
  check: checkEnvoyFilter,
});

/** An EnvoyFilter object. */
export type EnvoyFilter = ObjectOf<typeof envoyFilter>;
