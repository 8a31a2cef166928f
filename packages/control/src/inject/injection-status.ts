/** The annotation that says what injection added, so that it can be taken out again. */
import { isPlainObject } from '@weft/api';
import { ownMember, parseJson } from '@weft/core';
import { ANNOTATION } from './names.ts';
import { annotationsOf, type PodLike, type PodOverlay } from './pod-types.ts';

/** Names of what was added. */
export interface InjectionStatus {
  readonly initContainers: readonly string[];
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly imagePullSecrets: readonly string[];
}

/** What an earlier injection added; undefined when there was none. A status that cannot be read names nothing. */
export function readStatus(pod: PodLike): InjectionStatus | undefined {
  const text = annotationsOf(pod)[ANNOTATION.status];
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  const members = parsed.kind === 'ok' && isPlainObject(parsed.value) ? parsed.value : {};
  const names = (member: string): string[] => {
    const value = ownMember(members, member);
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  };
  return {
    initContainers: names('initContainers'),
    containers: names('containers'),
    volumes: names('volumes'),
    imagePullSecrets: names('imagePullSecrets'),
  };
}

/** The annotation for what an overlay adds; nothing is null, as other tools expect it. */
export function formatStatus({ spec = {} }: PodOverlay, revision: string): string {
  const names = (items: readonly { readonly name?: string }[] | undefined) =>
    items === undefined || items.length === 0 ? null : items.map(({ name }) => name ?? '');
  return JSON.stringify({
    initContainers: names(spec.initContainers),
    containers: names(spec.containers),
    volumes: names(spec.volumes),
    imagePullSecrets: names(spec.imagePullSecrets),
    revision,
  });
}
