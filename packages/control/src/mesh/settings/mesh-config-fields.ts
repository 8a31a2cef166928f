/** What becomes of each field of MeshConfig. The compiler insists that none is forgotten. */
import type { istio } from '@weft/api';

/** `used`: it has its effect; a text: it has none, and what to do. */
export type FieldUse = 'used' | { readonly unsupported: string };

function unsupported(hint: string): FieldUse {
  return { unsupported: hint };
}

const INGRESS = unsupported('Ingresses are not served by the mesh; use a Gateway and a VirtualService');
const LATER = unsupported('not supported yet; of telemetry, only access logs to a file are');

/** Each field of MeshConfig. */
export const MESH_CONFIG_FIELDS: Readonly<Record<keyof istio.mesh.MeshConfig, FieldUse>> = {
  proxyListenPort: 'used',
  proxyInboundListenPort: 'used',
  proxyHttpPort: 'used',
  connectTimeout: 'used',
  protocolDetectionTimeout: 'used',
  tcpKeepalive: 'used',
  ingressClass: INGRESS,
  ingressService: INGRESS,
  ingressControllerMode: INGRESS,
  ingressSelector: INGRESS,
  enableTracing: LATER,
  accessLogFile: 'used',
  accessLogFormat: 'used',
  accessLogEncoding: 'used',
  enableEnvoyAccessLogService: LATER,
  disableEnvoyListenerLog: 'used',
  defaultConfig: 'used',
  outboundTrafficPolicy: 'used',
  inboundTrafficPolicy: 'used',
  configSources: unsupported('configuration comes from the Kubernetes API, or from the folder of --config'),
  enableAutoMtls: 'used',
  trustDomain: 'used',
  trustDomainAliases: 'used',
  caCertificates: unsupported('put further roots into the Secret of the certificate authority'),
  ca: unsupported('workloads are signed by the authority of the control plane; plug a root in through its Secret'),
  meshMTLS: 'used',
  tlsDefaults: 'used',
  certificates: unsupported('use cert-manager'),
  verifyCertificateAtClient: unsupported('servers are always verified'),
  defaultServiceExportTo: 'used',
  defaultVirtualServiceExportTo: 'used',
  defaultDestinationRuleExportTo: 'used',
  rootNamespace: 'used',
  localityLbSetting: 'used',
  dnsRefreshRate: 'used',
  h2UpgradePolicy: 'used',
  inboundClusterStatName: 'used',
  outboundClusterStatName: 'used',
  serviceSettings: 'used',
  serviceScopeConfigs: unsupported('the mesh has one cluster'),
  enablePrometheusMerge: 'used',
  extensionProviders: 'used',
  defaultProviders: LATER,
  discoverySelectors: 'used',
  pathNormalization: 'used',
  defaultHttpRetryPolicy: 'used',
};
