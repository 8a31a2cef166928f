export * from './custom-resource-definition.ts';
export type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition-spec.ts';
export * from './json-schema-props.ts';
