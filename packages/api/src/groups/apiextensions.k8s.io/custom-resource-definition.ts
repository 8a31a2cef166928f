import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { createdAtColumn } from '../meta/index.ts';
import { checkCustomResourceDefinition } from './custom-resource-definition.check.ts';
import {
  type CustomResourceDefinitionSpec,
  customResourceDefinitionSpec,
  customResourceDefinitionStatus,
} from './custom-resource-definition-spec.ts';

/** Adds a kind to the API. */
export const customResourceDefinition = defineBuiltin({
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  hasStatus: true,
  description: 'Adds a kind to the API.',
  fields: { spec: required(customResourceDefinitionSpec), status: customResourceDefinitionStatus },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [createdAtColumn],
  applyDefaults(object) {
    applyDefinitionDefaults(object.spec);
  },
  check(object, report, context) {
    checkCustomResourceDefinition(object, context.old, report);
  },
});

/** Adds a kind to the API. */
export type CustomResourceDefinition = ObjectOf<typeof customResourceDefinition>;

function applyDefinitionDefaults(spec: CustomResourceDefinitionSpec): void {
  const { names } = spec;
  if ((names.singular ?? '') === '') names.singular = names.kind.toLowerCase();
  if ((names.listKind ?? '') === '' && names.kind !== '') names.listKind = `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
}
