/** The order of containers, which is the order in which they start. */
import { INIT_CONTAINER, PROXY_CONTAINER, VALIDATION_CONTAINER } from './names.ts';
import type { Container, PodLike, PodOverlay, PodSpec } from './pod-types.ts';

/** What decides about the order. */
export interface ContainerOrder {
  readonly holdsApplication: boolean;
  /** Init containers that run before a native sidecar. */
  readonly beforeProxy: readonly string[];
  /** The pod as its user wrote it; what he wrote keeps its order, before what was injected. */
  readonly written: PodLike;
  /** What was injected, in the order of the templates. */
  readonly injected: PodOverlay;
}

/** Puts the containers of a pod in order. */
export function orderContainers(spec: PodSpec, order: ContainerOrder): PodSpec {
  const { holdsApplication, beforeProxy, injected, written } = order;
  const settle = (all: readonly Container[], field: 'containers' | 'initContainers'): Container[] =>
    front(all, [...namesOf(written.spec?.[field]), ...namesOf(injected.spec?.[field])]);
  const containers = settle(spec.containers, 'containers');
  const initContainers = spec.initContainers && settle(spec.initContainers, 'initContainers');
  return {
    ...spec,
    // Tools open the first container unless told otherwise, which should be the user's.
    containers: holdsApplication ? front(containers, [PROXY_CONTAINER]) : back(containers, [PROXY_CONTAINER]),
    ...(initContainers === undefined ? {} : { initContainers: orderInit(initContainers, beforeProxy) }),
  };
}

function namesOf(containers: readonly Container[] | undefined): string[] {
  return (containers ?? []).map(({ name }) => name);
}

function orderInit(init: readonly Container[], beforeProxy: readonly string[]): Container[] {
  if (init.some(({ name }) => name === PROXY_CONTAINER)) {
    return front(init, [INIT_CONTAINER, VALIDATION_CONTAINER, ...beforeProxy, PROXY_CONTAINER]);
  }
  // Without a proxy beside them, init containers could reach nothing once capture is set up, so it comes last; the check
  // comes first, before anything of the user runs in a pod that is not captured.
  return back(front(init, [VALIDATION_CONTAINER]), [INIT_CONTAINER]);
}

function front(containers: readonly Container[], names: readonly string[]): Container[] {
  return [...named(containers, names), ...others(containers, names)];
}

function back(containers: readonly Container[], names: readonly string[]): Container[] {
  return [...others(containers, names), ...named(containers, names)];
}

function named(containers: readonly Container[], names: readonly string[]): Container[] {
  return [...new Set(names)].flatMap((name) => containers.filter((one) => one.name === name));
}

function others(containers: readonly Container[], names: readonly string[]): Container[] {
  return containers.filter(({ name }) => !names.includes(name));
}
