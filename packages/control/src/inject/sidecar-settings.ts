/** What one pod gets: its annotations over its ProxyConfig over the values of the installation. */
import { istio } from '@weft/api';
import { parseFlag } from './annotation-checks.ts';
import type { CaptureDefaults, InjectionValues } from './injection-values.ts';
import { ANNOTATION as A } from './names.ts';
import { annotationsOf, type Container, type PodLike } from './pod-types.ts';

/** How connections come to the proxy. */
export type InterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE';

/** What is captured in a pod; lists are texts with commas. */
export interface CaptureSettings extends CaptureDefaults {
  readonly mode: InterceptionMode;
  /** Interfaces whose connections are left alone. */
  readonly excludeInterfaces: string;
  /** Interfaces of virtual machines, whose incoming connections are outgoing ones of the pod. */
  readonly virtualInterfaces: string;
}

/** What one pod gets. */
export interface SidecarSettings {
  readonly capture: CaptureSettings;
  /** 0 for none. */
  readonly statusPort: number;
  readonly image: string;
  readonly initImage: string;
  readonly logLevel: string;
  readonly componentLogLevel: string;
  readonly bindsLowPorts: boolean;
  readonly holdsApplication: boolean;
  readonly rewritesProbes: boolean;
  readonly mergesMetrics: boolean;
  readonly readiness: InjectionValues['readiness'];
  readonly resources: Container['resources'];
  readonly initResources: Container['resources'];
}

/** Where settings come from. The annotations have been judged before. */
export interface SettingsSources {
  readonly pod: PodLike;
  readonly values: InjectionValues;
  readonly mesh: istio.mesh.MeshConfig;
  readonly proxyConfig: istio.mesh.MeshProxyConfig;
}

/** Settings of a pod. */
export function resolveSettings({ pod, values, mesh, proxyConfig }: SettingsSources): SidecarSettings {
  const annotations = annotationsOf(pod);
  const own = proxyConfig.statusPort ?? values.statusPort;
  const statusPort = own === istio.mesh.PROXY_CONFIG_DEFAULTS.statusPort ? values.statusPort : own;
  const resources = annotatedResources(annotations) ?? values.resources;
  const image = imageOf({ values, proxyConfig, annotations, configured: values.proxyImage });
  return {
    capture: captureOf(annotations, values, proxyConfig),
    statusPort: Number(annotations[A.statusPort] ?? statusPort),
    image,
    initImage: initImageOf(annotations[A.proxyImage] ?? values.initImage, image),
    logLevel: annotations[A.logLevel] ?? values.logLevel,
    componentLogLevel: annotations[A.componentLogLevel] ?? values.componentLogLevel,
    bindsLowPorts: parseFlag(annotations[A.capNetBindService]) ?? values.bindsLowPorts,
    holdsApplication: proxyConfig.holdApplicationUntilProxyStarts === true || values.holdsApplication,
    rewritesProbes: parseFlag(annotations[A.rewriteProbes]) ?? values.rewritesProbes,
    mergesMetrics: parseFlag(annotations[A.mergeMetrics]) ?? mesh.enablePrometheusMerge ?? true,
    readiness: {
      initialDelaySeconds: Number(annotations[A.readinessInitialDelaySeconds] ?? values.readiness.initialDelaySeconds),
      periodSeconds: Number(annotations[A.readinessPeriodSeconds] ?? values.readiness.periodSeconds),
      failureThreshold: Number(annotations[A.readinessFailureThreshold] ?? values.readiness.failureThreshold),
    },
    resources,
    initResources: values.initResources ?? resources,
  };
}

function captureOf(
  annotations: Readonly<Record<string, string>>,
  { capture }: InjectionValues,
  proxyConfig: istio.mesh.MeshProxyConfig,
): CaptureSettings {
  return {
    mode: (annotations[A.interceptionMode] ?? proxyConfig.interceptionMode ?? 'REDIRECT') as InterceptionMode,
    includeOutboundIPRanges: annotations[A.includeOutboundIPRanges] ?? capture.includeOutboundIPRanges,
    excludeOutboundIPRanges: annotations[A.excludeOutboundIPRanges] ?? capture.excludeOutboundIPRanges,
    includeInboundPorts: annotations[A.includeInboundPorts] ?? capture.includeInboundPorts,
    excludeInboundPorts: annotations[A.excludeInboundPorts] ?? capture.excludeInboundPorts,
    includeOutboundPorts: annotations[A.includeOutboundPorts] ?? capture.includeOutboundPorts,
    excludeOutboundPorts: annotations[A.excludeOutboundPorts] ?? capture.excludeOutboundPorts,
    excludeInterfaces: annotations[A.excludeInterfaces] ?? '',
    virtualInterfaces: annotations[A.rerouteVirtualInterfaces] ?? annotations[A.kubevirtInterfaces] ?? '',
  };
}

/** Annotations about amounts replace the usual amounts altogether. */
function annotatedResources(annotations: Readonly<Record<string, string>>): Container['resources'] {
  const requests = amounts(annotations[A.proxyCPU], annotations[A.proxyMemory]);
  const limits = amounts(annotations[A.proxyCPULimit], annotations[A.proxyMemoryLimit]);
  if (requests === undefined && limits === undefined) return undefined;
  return { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) };
}

function amounts(cpu: string | undefined, memory: string | undefined): Record<string, string> | undefined {
  if (cpu === undefined && memory === undefined) return undefined;
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

interface ImageSources {
  readonly values: InjectionValues;
  readonly proxyConfig: istio.mesh.MeshProxyConfig;
  readonly annotations: Readonly<Record<string, string>>;
  readonly configured: string;
}

/** A name with a slash is a whole image; others stand between hub and tag, the kind of image behind the tag. */
function imageOf({ values, proxyConfig, annotations, configured }: ImageSources): string {
  const name = annotations[A.proxyImage] ?? configured;
  if (name.includes('/')) return name;
  const kind = annotations[A.proxyImageType] ?? proxyConfig.image?.imageType ?? values.variant;
  return `${values.hub}/${name}:${tagOf(values.tag, kind)}`;
}

function tagOf(tag: string, kind: string): string {
  if (kind === '') return tag;
  const plain = tag.replace(/-(?:debug|distroless)$/, '');
  return kind === 'default' ? plain : `${plain}-${kind}`;
}

function initImageOf(configured: string, proxyImage: string): string {
  return configured.includes('/') ? configured : proxyImage;
}
