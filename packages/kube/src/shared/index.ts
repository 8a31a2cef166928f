export type { DeniedAction, FieldOwnerConflict, KindName, ResourceName } from './api-errors.ts';
export * as apiErrors from './api-errors.ts';
export * from './field-selector.ts';
export * from './go-quote.ts';
export type * from './label-requirement.ts';
export * from './label-selector.ts';
export * from './status.ts';
