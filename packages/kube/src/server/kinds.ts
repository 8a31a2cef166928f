/** The built-in kinds that the server itself works with. */
import { type AnyKind, builtinKinds } from '@weft/api';
import { invariant } from '@weft/core';

function builtin(apiVersion: string, kind: string): AnyKind {
  const found = builtinKinds.byApiVersion(apiVersion, kind);
  invariant(found !== undefined, `no built-in kind ${kind} in ${apiVersion}`);
  return found;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/** Kinds by the role that they play for the server. */
export const kinds = Object.freeze({
  namespace: builtin('v1', 'Namespace'),
  serviceAccount: builtin('v1', 'ServiceAccount'),
  secret: builtin('v1', 'Secret'),
  configMap: builtin('v1', 'ConfigMap'),
  service: builtin('v1', 'Service'),
  pod: builtin('v1', 'Pod'),
  node: builtin('v1', 'Node'),
  event: builtin('v1', 'Event'),
  limitRange: builtin('v1', 'LimitRange'),
  persistentVolumeClaim: builtin('v1', 'PersistentVolumeClaim'),
  resourceQuota: builtin('v1', 'ResourceQuota'),
  priorityClass: builtin('scheduling.k8s.io/v1', 'PriorityClass'),
  endpointSlice: builtin('discovery.k8s.io/v1', 'EndpointSlice'),
  lease: builtin('coordination.k8s.io/v1', 'Lease'),
  deployment: builtin('apps/v1', 'Deployment'),
  job: builtin('batch/v1', 'Job'),
  ingressClass: builtin('networking.k8s.io/v1', 'IngressClass'),
  podDisruptionBudget: builtin('policy/v1', 'PodDisruptionBudget'),
  customResourceDefinition: builtin('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
  mutatingWebhookConfiguration: builtin('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
  validatingWebhookConfiguration: builtin('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
  role: builtin(RBAC, 'Role'),
  clusterRole: builtin(RBAC, 'ClusterRole'),
  roleBinding: builtin(RBAC, 'RoleBinding'),
  clusterRoleBinding: builtin(RBAC, 'ClusterRoleBinding'),
});
