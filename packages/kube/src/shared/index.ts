export type { DeniedAction, FieldOwnerConflict, KindName, ResourceName } from './api-errors.ts';
export * as apiErrors from './api-errors.ts';
export * from './go-quote.ts';
export * from './status.ts';
