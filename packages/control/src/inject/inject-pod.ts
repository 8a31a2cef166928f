/** Injection itself: a pod in, the pod with its sidecar out, or the reason why not. Pure. */
import type { istio } from '@weft/api';
import { describeError, MeshError } from '@weft/core';
import { partsOf } from './annotation-checks.ts';
import { judgeAnnotations } from './annotations.ts';
import { rewriteProbes } from './app-probes.ts';
import { type InjectedNamespace, reasonToSkip, type SkipReason } from './decide.ts';
import { effectiveProxyConfig } from './effective-proxy-config.ts';
import type { InjectionConfig } from './injection-config.ts';
import { formatStatus, readStatus } from './injection-status.ts';
import { mergePod, withUserVolumes } from './merge-pod.ts';
import { ANNOTATION, LABEL, PROXY_CONTAINER, PROXY_ID } from './names.ts';
import { isNativeSidecar, type NodeVersion } from './native-sidecar.ts';
import { orderContainers } from './order-containers.ts';
import { annotationsOf, type EnvVar, labelsOf, type PodLike, type PodOverlay, type PodSpec } from './pod-types.ts';
import { mergeMetrics } from './prometheus-merge.ts';
import { readPod } from './read-pod.ts';
import { restorePod, withoutStale, writtenPod } from './restore-pod.ts';
import { resolveSettings, type SidecarSettings } from './sidecar-settings.ts';
import { selectTemplates } from './templates/select.ts';
import type { TemplateInput } from './templates/template.ts';
import { followProxyUser, formatKept, keptContainers, userContainers, userOverlay } from './user-containers.ts';
import { type Workload, workloadOf } from './workload-of.ts';

/** What one injection is asked for. */
export interface InjectionRequest<P extends PodLike = PodLike> {
  /** A pod or the template of one. Never changed. */
  readonly pod: P;
  readonly namespace: InjectedNamespace;
  /** What the pod belongs to; told from its owner unless given. */
  readonly workload?: Workload;
  /** ProxyConfig objects that may concern the pod. */
  readonly proxyConfigs?: readonly istio.networking.ProxyConfig[];
  /** Nodes that may run the pod; none when they are not known. */
  readonly nodes?: readonly NodeVersion[];
  /** Further variables of the proxy, as the address of the webhook says them. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. Warnings are for the user, and nothing failed because of them. */
export type InjectionResult<P extends PodLike = PodLike> =
  | { readonly kind: 'injected'; readonly pod: P; readonly warnings: readonly string[] }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'refused'; readonly errors: readonly string[]; readonly warnings: readonly string[] };

const CLUSTER_ENV = 'ISTIO_META_CLUSTER_ID';
const NETWORK_ENV = 'ISTIO_META_NETWORK';

/** Injects one pod. */
export function injectPod<P extends PodLike>(
  request: InjectionRequest<P>,
  config: InjectionConfig,
): InjectionResult<P> {
  const { namespace } = request;
  const read = readPod(request.pod);
  if (read.kind === 'err') return { kind: 'refused', errors: read.error, warnings: [] };
  const pod = read.value;
  const reason = reasonToSkip(pod, namespace, config);
  if (reason !== undefined) return { kind: 'skipped', reason };
  const { errors, warnings } = judgeAnnotations(annotationsOf(pod));
  const kept = keptContainers(pod);
  const templates = selectTemplates(pod, config);
  const problems = [...errors, ...[kept, templates].filter((one) => typeof one === 'string')];
  if (typeof kept === 'string' || typeof templates === 'string' || problems.length > 0) {
    return { kind: 'refused', errors: problems, warnings };
  }
  try {
    const status = readStatus(pod);
    const restored = restorePod(pod, status);
    const input = templateInput(request, writtenPod(restored, status, kept), config);
    const parts = templates.map((template) => withUserVolumes(template(input), restored));
    const overlay = parts.reduce<PodLike>(mergePod, {}) as PodOverlay;
    const user = userContainers(overlay, restored, kept, status);
    const base = withoutMoved(withoutStale(restored, status, overlay), overlay);
    const conflicts = conflictsIn(base, overlay);
    if (conflicts.length > 0) return { kind: 'refused', errors: conflicts, warnings };
    const merged = mergePod(parts.reduce<PodLike>(mergePod, base), userOverlay(user));
    const spec = structuredClone(merged.spec ?? {}) as PodSpec;
    followProxyUser(spec, user, input.settings.capture.mode === 'TPROXY');
    const done = finish({ ...merged, spec }, { request, input, config, overlay, kept: formatKept(user) });
    return { kind: 'injected', pod: done.pod as P, warnings: [...warnings, ...done.warnings, ...podWarnings(input)] };
  } catch (error: unknown) {
    // A template that does not fit the pod, such as a list where the pod has a text.
    if (!(error instanceof MeshError)) throw error;
    return { kind: 'refused', errors: [describeError(error)], warnings };
  }
}

function templateInput(request: InjectionRequest, pod: PodLike, config: InjectionConfig): TemplateInput {
  const { namespace, proxyConfigs = [], nodes = [], env = {} } = request;
  const { values, mesh, revision, program } = config;
  const proxyConfig = effectiveProxyConfig({ pod, namespace: namespace.name, mesh, objects: proxyConfigs });
  return {
    pod,
    namespace: namespace.name,
    workload: request.workload ?? workloadOf(pod, namespace.name),
    revision,
    settings: resolveSettings({ pod, values, mesh, proxyConfig }),
    values,
    mesh,
    proxyConfig,
    isNative: isNativeSidecar(pod, config.nativeSidecars, nodes),
    clusterName: env[CLUSTER_ENV] ?? values.clusterName,
    network: labelsOf(pod)[LABEL.network] ?? env[NETWORK_ENV] ?? values.network,
    program,
  };
}

/** A proxy that users wrote among the containers goes where the template has it. */
function withoutMoved(pod: PodLike, overlay: PodOverlay): PodLike {
  const { spec } = pod;
  const isMoved = overlay.spec?.initContainers?.some(({ name }) => name === PROXY_CONTAINER) === true;
  if (!isMoved || spec === undefined) return pod;
  return {
    ...pod,
    spec: { ...spec, containers: (spec.containers ?? []).filter(({ name }) => name !== PROXY_CONTAINER) },
  };
}

/** Names are unique among containers and init containers together, so a container cannot be merged across. */
function conflictsIn({ spec }: PodLike, overlay: PodOverlay): string[] {
  const find = (own: readonly { name: string }[] = [], injected: readonly { name: string }[] = []) =>
    own.map(({ name }) => name).filter((name) => injected.some((one) => one.name === name));
  if ((spec?.containers ?? []).length === 0 && (overlay.spec?.containers ?? []).length === 0) {
    return [
      `there is no container beside the proxy: for a gateway annotate the pod with ${ANNOTATION.templates}: gateway`,
    ];
  }
  return [
    ...find(spec?.containers, overlay.spec?.initContainers).map(
      (name) => `container ${name} has the name of an injected init container: rename it, or put it there`,
    ),
    ...find(spec?.initContainers, overlay.spec?.containers).map((name) => {
      const asked = `${ANNOTATION.nativeSidecar}: "true"`;
      const fix = name === PROXY_CONTAINER ? `annotate the pod with ${asked}, or` : 'rename it, or';
      return `init container ${name} has the name of an injected container: ${fix} put it among the containers`;
    }),
  ];
}

interface Finish {
  readonly request: InjectionRequest;
  readonly input: TemplateInput;
  readonly config: InjectionConfig;
  readonly overlay: PodOverlay;
  readonly kept: string | undefined;
}

/** What no template can do: probes, metrics, the status and the order of containers. */
function finish(
  merged: PodLike & { readonly spec: PodSpec },
  parts: Finish,
): { pod: PodLike; warnings: readonly string[] } {
  const { request, input, config, overlay, kept } = parts;
  const { settings } = input;
  const hasProxy = [...(merged.spec.containers ?? []), ...(merged.spec.initContainers ?? [])].some(
    ({ name }) => name === PROXY_CONTAINER,
  );
  const isAsked = hasProxy && settings.statusPort !== 0;
  const metrics =
    isAsked && settings.mergesMetrics ? mergeMetrics(annotationsOf(merged), settings.statusPort) : undefined;
  const probes =
    isAsked && settings.rewritesProbes
      ? rewriteProbes(merged.spec, settings.statusPort)
      : { spec: merged.spec, env: undefined, warnings: [] };
  const env = [...addressEnv(request), metrics?.env, probes.env].filter((one) => one !== undefined);
  const spec = orderContainers(withProxyEnv(probes.spec, env), {
    holdsApplication: settings.holdsApplication,
    beforeProxy: [...config.initContainersBeforeProxy, ...initBeforeProxy(merged)],
    written: input.pod,
    injected: overlay,
  });
  const labels = input.network === '' ? labelsOf(merged) : { ...labelsOf(merged), [LABEL.network]: input.network };
  const annotations = {
    ...(metrics?.annotations ?? annotationsOf(merged)),
    ...config.injectedAnnotations,
    ...(kept === undefined ? {} : { [ANNOTATION.overrides]: kept }),
    [ANNOTATION.status]: formatStatus(overlay, config.revision),
  };
  return { pod: { ...merged, metadata: { ...merged.metadata, labels, annotations }, spec }, warnings: probes.warnings };
}

/** Variables of the webhook's address that no template knows. */
function addressEnv({ env = {} }: InjectionRequest): EnvVar[] {
  return Object.entries(env)
    .filter(([name]) => name !== CLUSTER_ENV && name !== NETWORK_ENV)
    .map(([name, value]) => ({ name, value }));
}

function initBeforeProxy(pod: PodLike): string[] {
  return partsOf(annotationsOf(pod)[ANNOTATION.initContainersBeforeProxy] ?? '');
}

function withProxyEnv(spec: PodSpec, env: readonly EnvVar[]): PodSpec {
  if (env.length === 0) return spec;
  const added = new Set(env.map(({ name }) => name));
  const extend = (containers: PodSpec['containers']) =>
    containers.map((one) =>
      one.name === PROXY_CONTAINER
        ? { ...one, env: [...(one.env ?? []).filter(({ name }) => !added.has(name)), ...env] }
        : one,
    );
  return {
    ...spec,
    ...(spec.containers === undefined ? {} : { containers: extend(spec.containers) }),
    ...(spec.initContainers === undefined ? {} : { initContainers: extend(spec.initContainers) }),
  };
}

/** What will not work in the pod as the user wrote it. */
function podWarnings({ pod, settings }: TemplateInput): string[] {
  const { dnsPolicy, securityContext, containers = [] } = pod.spec ?? {};
  const warnings: string[] = [];
  if (dnsPolicy !== undefined && dnsPolicy !== 'ClusterFirst') {
    warnings.push(`dnsPolicy is ${dnsPolicy}: the proxy may not find the control plane, use ClusterFirst`);
  }
  const isCaptured = (settings: SidecarSettings) => settings.capture.mode !== 'NONE';
  for (const { name, securityContext: own } of isCaptured(settings) ? containers : []) {
    if (name !== PROXY_CONTAINER && (own?.runAsUser ?? securityContext?.runAsUser) === PROXY_ID) {
      warnings.push(`container ${name} runs as user ${PROXY_ID}, the proxy's: its connections are not captured`);
    }
  }
  return warnings;
}
