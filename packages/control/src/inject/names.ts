/** Names that users, tools and the proxy know an injected pod by; all are Istio's. */

/** The container of the proxy, among the containers or, as a native sidecar, among the init containers. */
export const PROXY_CONTAINER = 'istio-proxy';
/** The init container that sets up capture. */
export const INIT_CONTAINER = 'istio-init';
/** The init container that checks what the CNI plug-in has set up. */
export const VALIDATION_CONTAINER = 'istio-validation';

/** User and group of the proxy; their traffic is never captured. */
export const PROXY_ID = 1337;
/** Where the proxy says whether it is ready. */
export const READY_PORT = 15_021;
/** Where the proxy serves its own metrics. */
export const PROXY_METRICS_PORT = 15_090;

/** Originals of the probes that were rewritten. */
export const APP_PROBERS_ENV = 'ISTIO_KUBE_APP_PROBERS';
/** What the workload said about scraping before its annotations were pointed to the proxy. */
export const PROMETHEUS_ENV = 'ISTIO_PROMETHEUS_ANNOTATIONS';

/** Annotations that decide about injection. */
export const ANNOTATION = {
  capNetBindService: 'sidecar.istio.io/capNetBindService',
  componentLogLevel: 'sidecar.istio.io/componentLogLevel',
  excludeInboundPorts: 'traffic.sidecar.istio.io/excludeInboundPorts',
  excludeInterfaces: 'traffic.sidecar.istio.io/excludeInterfaces',
  excludeOutboundIPRanges: 'traffic.sidecar.istio.io/excludeOutboundIPRanges',
  excludeOutboundPorts: 'traffic.sidecar.istio.io/excludeOutboundPorts',
  includeInboundPorts: 'traffic.sidecar.istio.io/includeInboundPorts',
  includeOutboundIPRanges: 'traffic.sidecar.istio.io/includeOutboundIPRanges',
  includeOutboundPorts: 'traffic.sidecar.istio.io/includeOutboundPorts',
  initContainersBeforeProxy: 'sidecar.istio.io/init-containers-before-proxy',
  inject: 'sidecar.istio.io/inject',
  interceptionMode: 'sidecar.istio.io/interceptionMode',
  kubevirtInterfaces: 'traffic.sidecar.istio.io/kubevirtInterfaces',
  logLevel: 'sidecar.istio.io/logLevel',
  mergeMetrics: 'prometheus.istio.io/merge-metrics',
  nativeSidecar: 'sidecar.istio.io/nativeSidecar',
  overrides: 'proxy.istio.io/overrides',
  proxyCPU: 'sidecar.istio.io/proxyCPU',
  proxyCPULimit: 'sidecar.istio.io/proxyCPULimit',
  proxyConfig: 'proxy.istio.io/config',
  proxyImage: 'sidecar.istio.io/proxyImage',
  proxyImageType: 'sidecar.istio.io/proxyImageType',
  proxyMemory: 'sidecar.istio.io/proxyMemory',
  proxyMemoryLimit: 'sidecar.istio.io/proxyMemoryLimit',
  readinessFailureThreshold: 'readiness.status.sidecar.istio.io/failureThreshold',
  readinessInitialDelaySeconds: 'readiness.status.sidecar.istio.io/initialDelaySeconds',
  readinessPeriodSeconds: 'readiness.status.sidecar.istio.io/periodSeconds',
  rerouteVirtualInterfaces: 'istio.io/reroute-virtual-interfaces',
  revision: 'istio.io/rev',
  rewriteProbes: 'sidecar.istio.io/rewriteAppHTTPProbers',
  status: 'sidecar.istio.io/status',
  statusPort: 'status.sidecar.istio.io/port',
  templates: 'inject.istio.io/templates',
  userVolume: 'sidecar.istio.io/userVolume',
  userVolumeMount: 'sidecar.istio.io/userVolumeMount',
} as const;

/** Labels that decide about injection or that it sets. */
export const LABEL = {
  canonicalName: 'service.istio.io/canonical-name',
  canonicalRevision: 'service.istio.io/canonical-revision',
  inject: 'sidecar.istio.io/inject',
  namespaceInjection: 'istio-injection',
  network: 'topology.istio.io/network',
  revision: 'istio.io/rev',
  tag: 'istio.io/tag',
  tlsMode: 'security.istio.io/tlsMode',
  tunnel: 'networking.istio.io/tunnel',
} as const;

/** Namespaces of Kubernetes itself, whose pods are never injected. */
export const IGNORED_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
];

/** The name of the revision that has none. */
export const DEFAULT_REVISION = 'default';
