/** Takes back what an earlier injection did, so that injecting again is injecting once. */
import { restoreProbes } from './app-probes.ts';
import type { InjectionStatus } from './injection-status.ts';
import { ANNOTATION, APP_PROBERS_ENV, PROMETHEUS_ENV, PROXY_CONTAINER } from './names.ts';
import { annotationsOf, type Container, type PodLike, type PodOverlay, type PodSpec } from './pod-types.ts';
import { restoreMetrics } from './prometheus-merge.ts';
import type { UserContainers } from './user-containers.ts';

/**
 * The pod with its own probes and annotations back. Injected containers stay: other webhooks may have changed them since,
 * and the template is merged over them.
 */
export function restorePod(pod: PodLike, status: InjectionStatus | undefined): PodLike {
  if (status === undefined || pod.spec === undefined) return pod;
  const env = envOfProxy(pod.spec);
  const probers = env.get(APP_PROBERS_ENV);
  const spec = withoutOriginals(probers === undefined ? pod.spec : restoreProbes(pod.spec, probers));
  const { [ANNOTATION.status]: _status, [ANNOTATION.overrides]: _kept, ...rest } = annotationsOf(pod);
  return { ...pod, metadata: { ...pod.metadata, annotations: restoreMetrics(rest, env.get(PROMETHEUS_ENV)) }, spec };
}

function envOfProxy({ containers, initContainers = [] }: PodSpec): ReadonlyMap<string, string> {
  const proxy = [...initContainers, ...containers].find(({ name }) => name === PROXY_CONTAINER);
  return new Map((proxy?.env ?? []).map(({ name, value = '' }) => [name, value]));
}

function withoutOriginals(spec: PodSpec): PodSpec {
  return {
    ...spec,
    ...(spec.containers === undefined ? {} : { containers: spec.containers.map(withoutOwnEnv) }),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withoutOwnEnv) }),
  };
}

function withoutOwnEnv(container: Container): Container {
  if (container.name !== PROXY_CONTAINER || container.env === undefined) return container;
  return { ...container, env: container.env.filter(({ name }) => name !== APP_PROBERS_ENV && name !== PROMETHEUS_ENV) };
}

/** The pod as its user wrote it: without what was injected, with his containers that injection merged into, in their places. */
export function writtenPod(pod: PodLike, status: InjectionStatus | undefined, kept: UserContainers): PodLike {
  if (status === undefined || pod.spec === undefined) return pod;
  const { containers, initContainers = [] } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: written(containers, status.containers, kept.containers),
      initContainers: written(initContainers, status.initContainers, kept.initContainers),
    },
  };
}

function written(all: readonly Container[], injected: readonly string[], kept: readonly Container[]): Container[] {
  return all.flatMap((one) => {
    if (!injected.includes(one.name)) return [one];
    const own = kept.find(({ name }) => name === one.name);
    return own === undefined ? [] : [own];
  });
}

/** The pod without what an earlier injection added and this one does not: its template was another one. */
export function withoutStale(pod: PodLike, status: InjectionStatus | undefined, overlay: PodOverlay): PodLike {
  if (status === undefined || pod.spec === undefined) return pod;
  const { spec } = pod;
  const still = <T extends { name?: string }>(
    items: readonly T[] | undefined,
    added: readonly string[],
    now: readonly { readonly name?: string }[] | undefined,
  ): T[] =>
    (items ?? []).filter(({ name = '' }) => !added.includes(name) || (now ?? []).some((one) => one.name === name));
  const { containers, initContainers, volumes, imagePullSecrets } = spec;
  const next = overlay.spec ?? {};
  return {
    ...pod,
    spec: {
      ...spec,
      containers: still(containers, status.containers, next.containers),
      ...(initContainers === undefined
        ? {}
        : { initContainers: still(initContainers, status.initContainers, next.initContainers) }),
      ...(volumes === undefined ? {} : { volumes: still(volumes, status.volumes, next.volumes) }),
      ...(imagePullSecrets === undefined
        ? {}
        : { imagePullSecrets: still(imagePullSecrets, status.imagePullSecrets, next.imagePullSecrets) }),
    },
  };
}
