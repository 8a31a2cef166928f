import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { checkDestinationRule, destinationRuleSpec } from './destination-rule-spec.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories, networkingVersions } from './versions.ts';

/** Policies for requests to a host: load balancing, limits, outlier detection, TLS, and named subsets. */
export const destinationRule = defineKind({
  group: NETWORKING_GROUP,
  kind: 'DestinationRule',
  plural: 'destinationrules',
  shortNames: ['dr'],
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'Policies for requests to a host: load balancing, limits, outlier detection, TLS, and named subsets.',
  fields: { spec: destinationRuleSpec, status: istioStatus },
  versions: networkingVersions,
  hasStatus: true,
  columns: [
    { name: 'Host', type: 'string', value: '.spec.host', description: 'Host that the policies are for.' },
    ageColumn,
  ],
  check: checkDestinationRule,
});

/** A DestinationRule object. */
export type DestinationRule = ObjectOf<typeof destinationRule>;
