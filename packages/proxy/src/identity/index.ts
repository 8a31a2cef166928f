export * from './certificate-client.ts';
export * from './local-sds.ts';
export * from './root-file.ts';
export * from './workload-identity.ts';
