export * from './config-map.ts';
export * from './load-balancer-status.ts';
export * from './namespace.ts';
export * from './references.ts';
export * from './secret.ts';
export { isExternallyAccessible } from './service.defaults.ts';
export * from './service.ts';
export * from './service-account.ts';
export type { ServicePort, ServiceSpec, ServiceStatus } from './service-spec.ts';
