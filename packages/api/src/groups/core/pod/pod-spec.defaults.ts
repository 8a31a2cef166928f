/** Defaults of pods that depend on other fields; the constant ones stand in the schema. All work in place. */
import { canonicalizeResources } from '../resources.ts';
import type { Container } from './container.ts';
import type { PodSpec } from './pod-spec.ts';
import type { Probe } from './probe.ts';
import { type Volume, volumeSources } from './volume.ts';

const SOURCES = Object.keys(volumeSources) as (keyof typeof volumeSources)[];

/** Completes the spec of a pod or of a pod template. */
export function applyPodSpecDefaults(spec: PodSpec): void {
  for (const one of containersOf(spec)) applyContainerDefaults(one);
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume);
  canonicalizeResources(spec.overhead);
  canonicalizeResources(spec.resources?.limits);
  canonicalizeResources(spec.resources?.requests);
  // Both names of the field are kept, as older clients read the older one.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account !== undefined && account !== '') {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
}

/** Completes what only a pod itself gets, as opposed to a template. */
export function applyPodDefaults(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
  }
  if (spec.hostNetwork !== true) return;
  for (const one of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const port of one.ports ?? []) if ((port.hostPort ?? 0) === 0) port.hostPort = port.containerPort;
  }
}

/** All containers of a pod, of every sort. */
export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

function applyContainerDefaults(one: Container): void {
  one.imagePullPolicy ??= pullPolicyOf(one.image ?? '');
  canonicalizeResources(one.resources?.limits);
  canonicalizeResources(one.resources?.requests);
  for (const probe of [one.livenessProbe, one.readinessProbe, one.startupProbe]) {
    if (probe !== undefined) replaceZeros(probe);
  }
}

/** `latest` and no tag at all mean an image that changes. */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon < 0 || name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}

/** In Go's structs a number that is 0 is one that was not given. */
function replaceZeros(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
}

function applyVolumeDefaults(volume: Volume): void {
  if (SOURCES.every((source) => volume[source] === undefined)) volume.emptyDir = {};
  if (volume.image !== undefined) volume.image.pullPolicy ??= pullPolicyOf(volume.image.reference ?? '');
}
