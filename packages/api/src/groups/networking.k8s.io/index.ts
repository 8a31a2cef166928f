export * from './ingress.ts';
export * from './ingress-class.ts';
export type { IngressBackend, IngressSpec, IngressStatus } from './ingress-spec.ts';
export * from './network-policy.ts';
