export * from './istio-operator.ts';
export * from './kinds.ts';
