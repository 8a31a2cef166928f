export * from './environment.ts';
export * from './in-cluster.ts';
export * from './kubeconfig.ts';
