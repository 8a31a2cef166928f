/** Labels and annotations of injected pods. */
import { excludedInboundPorts } from '../capture-ports.ts';
import { ANNOTATION, LABEL, PROXY_CONTAINER } from '../names.ts';
import { annotationsOf, labelsOf, type PodOverlay } from '../pod-types.ts';
import { canonicalLabels } from '../workload-of.ts';
import type { TemplateInput } from './template.ts';

type Metadata = NonNullable<PodOverlay['metadata']>;

/** Of pods with a sidecar. */
export function sidecarMetadata(input: TemplateInput): Metadata {
  const { pod, workload, revision, proxyConfig, values } = input;
  const labels = labelsOf(pod);
  const isHbone = proxyConfig.proxyMetadata?.['ISTIO_META_ENABLE_HBONE'] === 'true';
  return {
    labels: {
      [LABEL.tlsMode]: labels[LABEL.tlsMode] ?? 'istio',
      ...(isHbone ? { [LABEL.tunnel]: labels[LABEL.tunnel] ?? 'http' } : {}),
      ...canonicalLabels(pod, workload),
    },
    annotations: {
      [ANNOTATION.revision]: revision,
      ...defaultContainer(input),
      ...(values.isCapturedByCni ? captureAnnotations(input) : {}),
    },
  };
}

/** Of gateways, whose metrics nobody else would announce. */
export function gatewayMetadata({ pod, workload, revision, settings }: TemplateInput): Metadata {
  const metrics = {
    'prometheus.io/path': '/stats/prometheus',
    'prometheus.io/port': String(settings.statusPort),
    'prometheus.io/scrape': 'true',
  };
  return {
    labels: canonicalLabels(pod, workload),
    annotations: { [ANNOTATION.revision]: revision, ...(settings.statusPort === 0 ? {} : metrics) },
  };
}

/** kubectl opens the workload's first container, not the proxy's. */
function defaultContainer({ pod }: TemplateInput): Record<string, string> {
  const first = pod.spec?.containers?.find(({ name }) => name !== PROXY_CONTAINER)?.name;
  if (first === undefined) return {};
  const given = annotationsOf(pod);
  const names = ['kubectl.kubernetes.io/default-logs-container', 'kubectl.kubernetes.io/default-container'];
  return Object.fromEntries(names.filter((name) => given[name] === undefined).map((name) => [name, first]));
}

/** A CNI plug-in learns from annotations what to capture. */
function captureAnnotations({ settings }: TemplateInput): Record<string, string> {
  const { capture } = settings;
  const optional = {
    [ANNOTATION.includeOutboundIPRanges]: capture.includeOutboundIPRanges,
    [ANNOTATION.excludeOutboundIPRanges]: capture.excludeOutboundIPRanges,
    [ANNOTATION.includeOutboundPorts]: capture.includeOutboundPorts,
    [ANNOTATION.excludeOutboundPorts]: capture.excludeOutboundPorts,
  };
  return {
    [ANNOTATION.interceptionMode]: capture.mode,
    [ANNOTATION.includeInboundPorts]: capture.includeInboundPorts,
    [ANNOTATION.excludeInboundPorts]: excludedInboundPorts(settings),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
  };
}
