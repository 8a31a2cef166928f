/** Wrong values (see `cases/kinds.ts`) on which our server and a real one decide differently, by case and step. */

type Steps = Readonly<Record<string, readonly number[]>>;

/** Null in a list, an empty quantity and the like: Go makes an empty value of them, which nobody can have meant. */
export const REFUSED_HERE: Steps = {
  'ServiceAccount v1': [6, 10, 24, 28],
  'Pod v1': [74, 75, 108, 112, 120, 124, 256, 268, 372, 376, 408, 412, 552, 556, 588, 592],
  'Ingress networking.k8s.io/v1': [18, 22, 48, 52],
  'NetworkPolicy networking.k8s.io/v1': [48, 52, 108, 112],
  'EndpointSlice discovery.k8s.io/v1': [66, 70],
  'Event events.k8s.io/v1': [27],
  'LimitRange v1': [46],
  'ResourceQuota v1': [16, 22],
  'Role rbac.authorization.k8s.io/v1': [18, 22, 30, 34, 42, 46, 54, 58],
  'ClusterRole rbac.authorization.k8s.io/v1': [18, 22, 30, 34, 48, 52],
  'ValidatingWebhookConfiguration admissionregistration.k8s.io/v1': [72, 76],
  'MutatingWebhookConfiguration admissionregistration.k8s.io/v1': [102, 106],
};

/** An empty text in place of a choice that may be left out counts as left out. */
export const TAKEN_HERE: Steps = {
  'Service v1': [38],
  'PodDisruptionBudget policy/v1': [32],
  'NetworkPolicy networking.k8s.io/v1': [128],
  'EndpointSlice discovery.k8s.io/v1': [86],
  'PriorityClass scheduling.k8s.io/v1': [20],
  'ValidatingWebhookConfiguration admissionregistration.k8s.io/v1': [50],
  'MutatingWebhookConfiguration admissionregistration.k8s.io/v1': [74, 80],
};
