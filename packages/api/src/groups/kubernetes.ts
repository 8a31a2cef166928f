import type { AnyKind } from '../kind/index.ts';
import * as admissionregistration from './admissionregistration.k8s.io/index.ts';
import * as apiextensions from './apiextensions.k8s.io/index.ts';
import * as apps from './apps/index.ts';
import * as authentication from './authentication.k8s.io/index.ts';
import * as authorization from './authorization.k8s.io/index.ts';
import * as autoscaling from './autoscaling/index.ts';
import * as batch from './batch/index.ts';
import * as coordination from './coordination.k8s.io/index.ts';
import * as core from './core/index.ts';
import * as discovery from './discovery.k8s.io/index.ts';
import * as events from './events.k8s.io/index.ts';
import * as networking from './networking.k8s.io/index.ts';
import * as policy from './policy/index.ts';
import * as rbac from './rbac.authorization.k8s.io/index.ts';
import * as scheduling from './scheduling.k8s.io/index.ts';

/** Kinds of this family, in discovery order. */
export const kubernetesKinds: readonly AnyKind[] = [
  core.configMap,
  core.endpoints,
  core.event,
  core.limitRange,
  core.namespace,
  core.node,
  core.persistentVolumeClaim,
  core.pod,
  core.resourceQuota,
  core.secret,
  core.serviceAccount,
  core.service,
  events.event,
  authentication.selfSubjectReview,
  authentication.tokenReview,
  authorization.localSubjectAccessReview,
  authorization.selfSubjectAccessReview,
  authorization.selfSubjectRulesReview,
  authorization.subjectAccessReview,
  apps.controllerRevision,
  apps.daemonSet,
  apps.deployment,
  apps.replicaSet,
  apps.statefulSet,
  autoscaling.horizontalPodAutoscaler,
  batch.cronJob,
  batch.job,
  networking.ingressClass,
  networking.ingress,
  networking.networkPolicy,
  policy.podDisruptionBudget,
  rbac.clusterRoleBinding,
  rbac.clusterRole,
  rbac.roleBinding,
  rbac.role,
  scheduling.priorityClass,
  coordination.lease,
  discovery.endpointSlice,
  admissionregistration.mutatingWebhookConfiguration,
  admissionregistration.validatingWebhookConfiguration,
  apiextensions.customResourceDefinition,
];
