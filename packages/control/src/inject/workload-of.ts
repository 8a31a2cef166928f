/** Which workload a pod belongs to, told from its owner alone. */
import { LABEL } from './names.ts';
import { labelsOf, type PodLike } from './pod-types.ts';

/** A workload as the mesh names it. */
export interface Workload {
  /** Empty when the pod has no owner whose type is known. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Jobs of a CronJob are named after their minute since 1970, or the second in older clusters. */
const CRON_JOB_NAME = /^(.+)-\d{8,10}$/;

/** The workload of a pod: its controller, or what made that controller, or the pod itself. */
export function workloadOf(pod: PodLike, namespace: string): Workload {
  const { name = '', generateName = '', ownerReferences = [] } = pod.metadata ?? {};
  const owner = ownerReferences.find((one) => one.controller === true);
  if (owner === undefined) {
    return { apiVersion: 'v1', kind: 'Pod', name: name === '' ? generateName.replace(/-$/, '') : name, namespace };
  }
  const labels = labelsOf(pod);
  if (owner.kind === 'ReplicaSet') {
    const hash = labels['pod-template-hash'];
    if (hash !== undefined && owner.name.endsWith(`-${hash}`)) {
      const isRollout = Object.hasOwn(labels, 'rollouts-pod-template-hash');
      const [apiVersion, kind] = isRollout ? ['argoproj.io/v1alpha1', 'Rollout'] : ['apps/v1', 'Deployment'];
      return { apiVersion: apiVersion!, kind: kind!, name: owner.name.slice(0, -hash.length - 1), namespace };
    }
  }
  const config = labels['deploymentconfig'];
  if (owner.kind === 'ReplicationController' && config !== undefined) {
    return { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig', name: config, namespace };
  }
  const cron = owner.kind === 'Job' ? CRON_JOB_NAME.exec(owner.name)?.[1] : undefined;
  if (cron !== undefined) return { apiVersion: 'batch/v1', kind: 'CronJob', name: cron, namespace };
  return { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, namespace };
}

const MAX_LABEL_CHARS = 63;

/** The name and revision under which metrics show a workload: its own labels, then the recommended ones, then its name. */
export function canonicalLabels(pod: PodLike, workload: Workload): Record<string, string> {
  const labels = labelsOf(pod);
  const name = first(labels, LABEL.canonicalName, 'app.kubernetes.io/name', 'app') ?? workload.name;
  const revision = first(labels, LABEL.canonicalRevision, 'app.kubernetes.io/version', 'version') ?? 'latest';
  const value = name.slice(0, MAX_LABEL_CHARS).replace(/[^A-Za-z0-9]+$/, '');
  return {
    ...(value === '' ? {} : { [LABEL.canonicalName]: value }),
    [LABEL.canonicalRevision]: revision,
  };
}

function first(labels: Readonly<Record<string, string>>, ...names: readonly string[]): string | undefined {
  return names.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
}
