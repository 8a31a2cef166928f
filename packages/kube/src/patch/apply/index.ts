export * from './apply.ts';
export { type FieldSet, fieldSetOf, hasPath, isEmptySet } from './field-set.ts';
export * from './fields-v1.ts';
export { decodeManagedFields, encodeManagedFields, type ManagedEntries, type ManagedEntry } from './managed-fields.ts';
export * from './manager-name.ts';
export { fieldElement, formatFieldPath, type PathElement, valueElement } from './path-element.ts';
export { trackUpdate, type WriteContext } from './update.ts';
export * from './versioned-types.ts';
