export * from './messages.ts';
export * from './problems.ts';
export * from './resource-name.ts';
export * from './resource-types.ts';
export * from './subscription.ts';
export * from './wire.ts';
