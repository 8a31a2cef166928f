/** Every annotation about sidecars that Istio documents for pods: what it may say, or why it is not served. */
import {
  checkFlag,
  checkInterfaces,
  checkJsonObject,
  checkPort,
  checkPorts,
  checkProxyConfig,
  checkQuantity,
  checkRanges,
  checkUint32,
  oneOf,
  orAll,
  type ValueCheck,
} from './annotation-checks.ts';
import { ANNOTATION as A } from './names.ts';

/** What injection does with an annotation. */
export type AnnotationRule =
  /** It changes what is injected. */
  | { readonly use: 'applied'; readonly check?: ValueCheck }
  /** The proxy reads it from the annotations that it finds in its pod. */
  | { readonly use: 'passed'; readonly check?: ValueCheck }
  /** It has no effect, which the user is told. */
  | { readonly use: 'refused'; readonly why: string };

const applied = (check?: ValueCheck): AnnotationRule => ({ use: 'applied', ...(check === undefined ? {} : { check }) });
const passed: AnnotationRule = { use: 'passed' };
const refused = (why: string): AnnotationRule => ({ use: 'refused', why });

/** The rule of each annotation, by its name. */
export const ANNOTATION_RULES: ReadonlyMap<string, AnnotationRule> = new Map<string, AnnotationRule>([
  [A.inject, applied()],
  [A.status, applied()],
  [A.templates, applied()],
  [A.overrides, applied()],
  [A.proxyConfig, applied(checkProxyConfig)],
  [A.mergeMetrics, applied(checkFlag)],
  [A.rewriteProbes, applied(checkFlag)],
  [A.nativeSidecar, applied(checkFlag)],
  [A.initContainersBeforeProxy, applied()],
  [A.interceptionMode, applied(oneOf('REDIRECT', 'TPROXY', 'NONE'))],
  [A.capNetBindService, applied(checkFlag)],
  [A.proxyImage, applied()],
  [A.proxyImageType, applied(oneOf('default', 'debug', 'distroless'))],
  [A.proxyCPU, applied(checkQuantity)],
  [A.proxyCPULimit, applied(checkQuantity)],
  [A.proxyMemory, applied(checkQuantity)],
  [A.proxyMemoryLimit, applied(checkQuantity)],
  [A.logLevel, applied(oneOf('trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'))],
  [A.componentLogLevel, applied()],
  [A.userVolume, applied(checkJsonObject)],
  [A.userVolumeMount, applied(checkJsonObject)],
  [A.statusPort, applied(checkPort)],
  [A.readinessInitialDelaySeconds, applied(checkUint32)],
  [A.readinessPeriodSeconds, applied(checkUint32)],
  [A.readinessFailureThreshold, applied(checkUint32)],
  [A.includeInboundPorts, applied(orAll(checkPorts))],
  [A.excludeInboundPorts, applied(checkPorts)],
  [A.includeOutboundPorts, applied(orAll(checkPorts))],
  [A.excludeOutboundPorts, applied(checkPorts)],
  [A.includeOutboundIPRanges, applied(orAll(checkRanges))],
  [A.excludeOutboundIPRanges, applied(checkRanges)],
  [A.excludeInterfaces, applied(checkInterfaces)],
  [A.kubevirtInterfaces, applied(checkInterfaces)],
  [A.rerouteVirtualInterfaces, applied(checkInterfaces)],
  ['sidecar.istio.io/statsInclusionPrefixes', passed],
  ['sidecar.istio.io/statsInclusionSuffixes', passed],
  ['sidecar.istio.io/statsInclusionRegexps', passed],
  ['sidecar.istio.io/extraStatTags', passed],
  ['sidecar.istio.io/statsHistogramBuckets', passed],
  ['sidecar.istio.io/statsCompression', passed],
  ['sidecar.istio.io/agentLogLevel', refused(`agent and proxy are one program: use ${A.logLevel}`)],
  ['sidecar.istio.io/bootstrapOverride', refused(`the proxy has no bootstrap template: use ${A.proxyConfig}`)],
  ['sidecar.istio.io/controlPlaneAuthPolicy', refused('the control plane is always spoken to with mutual TLS')],
  ['sidecar.istio.io/discoveryAddress', refused(`say discoveryAddress in ${A.proxyConfig}`)],
  ['sidecar.istio.io/enableCoreDump', refused('the proxy writes no core dumps')],
  [
    'readiness.status.sidecar.istio.io/applicationPorts',
    refused('the proxy is ready when it has its configuration, whatever the ports of the workload'),
  ],
]);

/** Beginnings of the names that only injection reads, so that others among them are mistakes. */
const PREFIXES = [
  'sidecar.istio.io/',
  'status.sidecar.istio.io/',
  'readiness.status.sidecar.istio.io/',
  'traffic.sidecar.istio.io/',
  'inject.istio.io/',
  'proxy.istio.io/',
  'prometheus.istio.io/',
];

/** What there is to say about the annotations of a pod. */
export interface JudgedAnnotations {
  /** Reasons not to inject. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Judges the annotations of a pod. */
export function judgeAnnotations(annotations: Readonly<Record<string, string>>): JudgedAnnotations {
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(annotations)) {
    const rule = ANNOTATION_RULES.get(name);
    if (rule === undefined) {
      if (PREFIXES.some((prefix) => name.startsWith(prefix))) warnings.push(unknown(name));
    } else if (rule.use === 'refused') warnings.push(`annotation ${name} has no effect: ${rule.why}`);
    else {
      const problem = rule.check?.(value);
      if (problem !== undefined) errors.push(`annotation ${name}: ${problem}, got ${JSON.stringify(value)}`);
    }
  }
  return { errors, warnings };
}

function unknown(name: string): string {
  const known = [...ANNOTATION_RULES.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
  return `annotation ${name} is not known and has no effect${known === undefined ? '' : `: did you mean ${known}?`}`;
}
