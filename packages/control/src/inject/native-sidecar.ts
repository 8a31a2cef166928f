/** Whether the proxy runs as a native sidecar: an init container that goes on, which Kubernetes starts first and ends last. */
import { parseFlag } from './annotation-checks.ts';
import { ANNOTATION } from './names.ts';
import { annotationsOf, type PodLike } from './pod-types.ts';

/** A node as far as injection cares. */
export interface NodeVersion {
  readonly name: string;
  /** Version of its kubelet, such as v1.33.2. */
  readonly kubelet: string;
}

/** When native sidecars are used: where every node that may run the pod can, or always, or never. */
export type NativeSidecarPolicy = 'auto' | 'always' | 'never';

/** The first version whose sidecar containers are stable. */
const FIRST_MINOR = 33;

/** Decides for one pod; what its annotation says counts first. */
export function isNativeSidecar(pod: PodLike, policy: NativeSidecarPolicy, nodes: readonly NodeVersion[]): boolean {
  const asked = parseFlag(annotationsOf(pod)[ANNOTATION.nativeSidecar]);
  if (asked !== undefined) return asked;
  if (policy !== 'auto') return policy === 'always';
  const { nodeName = '' } = pod.spec ?? {};
  const candidates = nodeName === '' ? nodes : nodes.filter(({ name }) => name === nodeName);
  return candidates.length > 0 && candidates.every(({ kubelet }) => isRecent(kubelet));
}

function isRecent(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const major = Number(match[1]);
  return major > 1 || (major === 1 && Number(match[2]) >= FIRST_MINOR);
}
