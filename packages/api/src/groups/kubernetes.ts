import type { AnyKind } from '../kind/index.ts';
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from './admissionregistration.k8s.io/index.ts';
import { customResourceDefinition } from './apiextensions.k8s.io/index.ts';
import { controllerRevision, daemonSet, deployment, replicaSet, statefulSet } from './apps/index.ts';
import { selfSubjectReview, tokenReview } from './authentication.k8s.io/index.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from './authorization.k8s.io/index.ts';
import { configMap, namespace, persistentVolumeClaim, pod, secret, service, serviceAccount } from './core/index.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './rbac.authorization.k8s.io/index.ts';

/** Kinds of this family, in discovery order. */
export const kubernetesKinds: readonly AnyKind[] = [
  configMap,
  namespace,
  persistentVolumeClaim,
  pod,
  secret,
  serviceAccount,
  service,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  selfSubjectReview,
  tokenReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
  customResourceDefinition,
];
