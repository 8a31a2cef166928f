/** The kinds of Kubernetes itself with their types, by API group: `kubernetes.core.Pod`, `kubernetes.apps.deployment` … */
export * as admissionregistration from './admissionregistration.k8s.io/index.ts';
export * as apiextensions from './apiextensions.k8s.io/index.ts';
export * as apps from './apps/index.ts';
export * as authentication from './authentication.k8s.io/index.ts';
export * as authorization from './authorization.k8s.io/index.ts';
export * as autoscaling from './autoscaling/index.ts';
export * as batch from './batch/index.ts';
export * as coordination from './coordination.k8s.io/index.ts';
export * as core from './core/index.ts';
export * as discovery from './discovery.k8s.io/index.ts';
export * as events from './events.k8s.io/index.ts';
export * as networking from './networking.k8s.io/index.ts';
export * as policy from './policy/index.ts';
export * as rbac from './rbac.authorization.k8s.io/index.ts';
export * as scheduling from './scheduling.k8s.io/index.ts';
