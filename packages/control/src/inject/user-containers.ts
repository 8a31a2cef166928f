/**
 * Containers of the user with the names of injected ones, whose fields win over those of the template. They are kept in an
 * annotation, because after the merge nobody could tell them from what was injected.
 */
import { isPlainObject } from '@weft/api';
import { parseJson } from '@weft/core';
import type { InjectionStatus } from './injection-status.ts';
import { ANNOTATION, INIT_CONTAINER, PROXY_CONTAINER, VALIDATION_CONTAINER } from './names.ts';
import { annotationsOf, type Container, type PodLike, type PodOverlay, type PodSpec } from './pod-types.ts';
import { PROXY_UID_OPTION } from './templates/capture-container.ts';

/** Containers of the user that are named as injected ones. */
export interface UserContainers {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
}

/** What stands for the image of the template, because a container must have one. */
const AUTO_IMAGE = 'auto';

/** What an earlier injection kept; a text when the annotation cannot be read. */
export function keptContainers(pod: PodLike): UserContainers | string {
  const text = annotationsOf(pod)[ANNOTATION.overrides];
  if (text === undefined) return { containers: [], initContainers: [] };
  const parsed = parseJson(text);
  if (parsed.kind === 'err') return `annotation ${ANNOTATION.overrides}: must be JSON: ${parsed.error.message}`;
  const { containers = [], initContainers = [] } = isPlainObject(parsed.value) ? parsed.value : {};
  if (!areContainers(containers) || !areContainers(initContainers)) {
    return `annotation ${ANNOTATION.overrides}: must hold lists of containers with names`;
  }
  return { containers, initContainers };
}

function areContainers(value: unknown): value is Container[] {
  return Array.isArray(value) && value.every((one) => isPlainObject(one) && typeof one['name'] === 'string');
}

/** What users wrote for the containers of an overlay: kept ones, and those that no earlier injection added. */
export function userContainers(
  { spec = {} }: PodOverlay,
  pod: PodLike,
  kept: UserContainers,
  status: InjectionStatus | undefined,
): UserContainers {
  const written = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const keptOnes = [...kept.containers, ...kept.initContainers];
  const injected = new Set([...(status?.containers ?? []), ...(status?.initContainers ?? [])]);
  const find = (injectedOnes: readonly Container[] | undefined): Container[] =>
    (injectedOnes ?? []).flatMap(({ name }) => {
      const own = keptOnes.find((one) => one.name === name);
      const found = own ?? (injected.has(name) ? undefined : written.find((one) => one.name === name));
      return found === undefined ? [] : [found];
    });
  return { containers: find(spec.containers), initContainers: find(spec.initContainers) };
}

/** The overlay that gives users the last word. */
export function userOverlay({ containers, initContainers }: UserContainers): PodOverlay {
  return {
    spec: {
      ...(containers.length === 0 ? {} : { containers: containers.map(withoutAutoImage) }),
      ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map(withoutAutoImage) }),
    },
  };
}

function withoutAutoImage(container: Container): Container {
  if (container.image !== AUTO_IMAGE) return container;
  const { image: _, ...rest } = container;
  return rest;
}

/** The annotation that keeps them; undefined when there are none. */
export function formatKept(user: UserContainers): string | undefined {
  const { containers, initContainers } = user;
  if (containers.length === 0 && initContainers.length === 0) return undefined;
  return JSON.stringify({
    ...(containers.length === 0 ? {} : { containers }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
  });
}

/** Capture leaves the proxy's user alone; when the user runs the proxy as another one, capture has to know. In place. */
export function followProxyUser(spec: PodSpec, user: UserContainers, isTransparent: boolean): void {
  const own = [...user.containers, ...user.initContainers].find(({ name }) => name === PROXY_CONTAINER);
  const { runAsUser, runAsGroup } = own?.securityContext ?? {};
  if (runAsUser === undefined && runAsGroup === undefined) return;
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const proxy = all.find(({ name }) => name === PROXY_CONTAINER);
  // A proxy that takes connections transparently must be root, whatever the user wants.
  if (isTransparent && runAsUser !== undefined && proxy?.securityContext !== undefined)
    proxy.securityContext.runAsUser = 0;
  const capture = all.find(({ name }) => name === INIT_CONTAINER || name === VALIDATION_CONTAINER);
  if (capture === undefined) return;
  if (!isTransparent && capture.name === VALIDATION_CONTAINER) {
    capture.securityContext = {
      ...capture.securityContext,
      ...(runAsUser === undefined ? {} : { runAsUser }),
      ...(runAsGroup === undefined ? {} : { runAsGroup }),
    };
  }
  const option = (capture.args ?? []).indexOf(PROXY_UID_OPTION);
  // Rules for user 0 would let everything of root pass.
  if (option >= 0 && runAsUser !== undefined && runAsUser !== 0 && !isTransparent) {
    capture.args![option + 1] = String(runAsUser);
  }
}
