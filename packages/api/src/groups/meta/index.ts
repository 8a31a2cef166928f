export * from './columns.ts';
export * from './condition.ts';
export * from './fields.ts';
export * from './webhook-client-config.ts';
