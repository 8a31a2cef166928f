/** The types of pods that injection works with. */
import type { kubernetes } from '@weft/api';

/** What runs in a pod. */
export type PodSpec = NonNullable<kubernetes.core.Pod['spec']>;
/** A container of a pod. */
export type Container = kubernetes.core.Container;
/** An environment variable. */
export type EnvVar = kubernetes.core.EnvVar;
/** A probe of a container. */
export type Probe = kubernetes.core.Probe;
/** A volume of a pod. */
export type Volume = kubernetes.core.Volume;
/** A mount of a volume. */
export type VolumeMount = NonNullable<Container['volumeMounts']>[number];

/** What injection reads of the metadata of a pod or of a pod template. */
export interface PodMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Who made a pod. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean;
}

/** A pod, or the template of one: both have what injection needs. Never changed in place. */
export interface PodLike {
  readonly metadata?: PodMetadata;
  readonly spec?: PodSpec;
}

/** A part of a pod that is merged into it. */
export interface PodOverlay {
  readonly metadata?: Pick<PodMetadata, 'labels' | 'annotations'>;
  readonly spec?: Partial<PodSpec>;
}

/** The annotations of a pod. */
export function annotationsOf(pod: PodLike): Readonly<Record<string, string>> {
  return pod.metadata?.annotations ?? {};
}

/** The labels of a pod. */
export function labelsOf(pod: PodLike): Readonly<Record<string, string>> {
  return pod.metadata?.labels ?? {};
}
