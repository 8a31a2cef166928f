/** Configuration of the mesh as a whole. */
import {
  boolean,
  enumeration,
  type Infer,
  integer,
  list,
  object,
  required,
  type Schema,
  string,
} from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { clientTls } from '../networking.istio.io/client-tls.ts';
import { tcpKeepalive } from '../networking.istio.io/connection-pool.ts';
import { localityLb } from '../networking.istio.io/locality-lb.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { retries } from '../networking.istio.io/retries.ts';
import { duration, durationOrZero } from '../networking.istio.io/scalars.ts';
import { extensionProvider } from './extension-provider.ts';
import { meshProxyConfig, PROXY_CONFIG_DEFAULTS } from './proxy-config.ts';

function flag(description: string, deprecated?: string): Schema<boolean> {
  return boolean(description, { nullable: true, ...(deprecated === undefined ? {} : { deprecated }) });
}

function names(description: string): Schema<string[]> {
  return list(description, string('A name.'));
}

function exportTo(kind: string): Schema<string[]> {
  return list(
    `Namespaces that see a ${kind} which does not say itself.`,
    string('A namespace; "*" for all, "." for its own.'),
  );
}

const tlsConfig = (description: string) =>
  object(description, {
    minProtocolVersion: enumeration('Oldest version of TLS.', ['TLS_AUTO', 'TLSV1_2', 'TLSV1_3']),
    ecdhCurves: names('Curves for the key exchange.'),
    cipherSuites: names('Ciphers for TLS 1.2.'),
  });

const certificateData = object(
  'Authorities that are trusted beside that of the mesh.',
  {
    pem: string('The certificates, as PEM.'),
    spiffeBundleUrl: string('Address that the certificates are fetched from.'),
    certSigners: names('Signers that they are for; all when absent.'),
    trustDomains: names('Trust domains that they are for; all when absent.'),
  },
  { rules: [atMostOneOf('pem', 'spiffeBundleUrl')] },
);

const certificateAuthority = object('An authority outside of the mesh that signs certificates of workloads.', {
  address: required(string('Address of the authority, host:port.')),
  tlsSettings: clientTls,
  requestTimeout: duration('Longest time of one request; 10s when absent.'),
  istiodSide: boolean('Whether the control plane asks it, rather than each workload.'),
});

const serviceSettings = object('Settings of some services.', {
  settings: object('The settings.', {
    clusterLocal: boolean('Only endpoints in the cluster of the caller are used.'),
  }),
  hosts: list('Hosts of the services; "*.example.com" is allowed.', string('A host.')),
});

const serviceScope = object('Services that other clusters can or cannot see.', {
  servicesSelector: labelSelector('Labels of the services.'),
  namespaceSelector: labelSelector('Labels of their namespaces.'),
  scope: enumeration('Whether they are seen in their own cluster or in all.', ['LOCAL', 'GLOBAL']),
});

const configSource = object('Where configuration comes from.', {
  address: string('Address: xds://host:port, k8s:// or fs:///folder.'),
  tlsSettings: clientTls,
  subscribedResources: list('What is taken from there.', enumeration('A kind of configuration.', ['SERVICE_REGISTRY'])),
});

const ingressFields = {
  ingressClass: string('Class of the Ingresses that the mesh serves.'),
  ingressService: string('Service whose addresses Ingresses get.'),
  ingressControllerMode: enumeration(
    'Which Ingresses are served: none, also those without a class, or those of the class.',
    ['UNSPECIFIED', 'OFF', 'DEFAULT', 'STRICT'],
  ),
  ingressSelector: string('Value of the label istio of the gateways that serve Ingresses.'),
} as const;

const logFields = {
  enableTracing: boolean('Makes spans and request ids.'),
  accessLogFile: string('File of access logs, such as /dev/stdout; none when empty.'),
  accessLogFormat: string('Format of access logs; the usual one when empty.'),
  accessLogEncoding: enumeration('Whether access logs are text or JSON.', ['TEXT', 'JSON']),
  enableEnvoyAccessLogService: boolean('Sends access logs to the service that the proxies are told of.'),
  disableEnvoyListenerLog: boolean('Logs no connections that match no filter chain.'),
} as const;

const trustFields = {
  enableAutoMtls: flag('Speaks mutual TLS with every workload that can, unless a DestinationRule says otherwise.'),
  trustDomain: string('Trust domain of the identities of the mesh.'),
  trustDomainAliases: names('Further trust domains that mean the same.'),
  caCertificates: list('Authorities that are trusted beside that of the mesh.', certificateData),
  ca: certificateAuthority,
  meshMTLS: tlsConfig('TLS between workloads.'),
  tlsDefaults: tlsConfig('TLS with everything outside of the mesh.'),
  certificates: list(
    'Certificates that the control plane makes for DNS names.',
    object('A certificate.', { secretName: string('Secret that it is put into.'), dnsNames: names('Its names.') }),
    { deprecated: 'use cert-manager' },
  ),
  verifyCertificateAtClient: flag(
    'Verifies servers against the authorities of the system.',
    'has no effect; it is always done',
  ),
} as const;

/** Configuration of the mesh as a whole. */
export const meshConfig = object('Configuration of the mesh as a whole.', {
  proxyListenPort: integer('Port that sidecars take outgoing connections on.'),
  proxyInboundListenPort: integer('Port that sidecars take incoming connections on.'),
  proxyHttpPort: integer('Port on which sidecars are an HTTP proxy; none when 0.'),
  connectTimeout: duration('Longest time that opening a connection may take.'),
  protocolDetectionTimeout: durationOrZero('Time to wait for the first bytes that tell the protocol; 0s for no limit.'),
  tcpKeepalive,
  ...ingressFields,
  ...logFields,
  defaultConfig: meshProxyConfig,
  outboundTrafficPolicy: object('What happens to connections to unknown places.', {
    mode: enumeration('Let them through, or know only registered services.', ['REGISTRY_ONLY', 'ALLOW_ANY']),
  }),
  inboundTrafficPolicy: object('Where incoming connections are passed on to.', {
    mode: enumeration('The address of the pod, or localhost.', ['PASSTHROUGH', 'LOCALHOST']),
  }),
  configSources: list('Where configuration comes from; Kubernetes when absent.', configSource),
  ...trustFields,
  defaultServiceExportTo: exportTo('service'),
  defaultVirtualServiceExportTo: exportTo('VirtualService'),
  defaultDestinationRuleExportTo: exportTo('DestinationRule'),
  rootNamespace: string('Namespace whose policies hold for the whole mesh.'),
  localityLbSetting: localityLb,
  dnsRefreshRate: duration('Time after which names of services are looked up again.'),
  h2UpgradePolicy: enumeration('Whether HTTP/1.1 requests travel as HTTP/2.', ['DO_NOT_UPGRADE', 'UPGRADE']),
  inboundClusterStatName: string('Pattern of the names of statistics of incoming requests.'),
  outboundClusterStatName: string('Pattern of the names of statistics of outgoing requests.'),
  serviceSettings: list('Settings of some services.', serviceSettings),
  serviceScopeConfigs: list('Services that other clusters can or cannot see.', serviceScope),
  enablePrometheusMerge: flag('Offers the metrics of workload and proxy together.'),
  extensionProviders: list('Services that extend the mesh: tracers, log sinks, authorizers.', extensionProvider),
  defaultProviders: object('Providers that are used where no other is named.', {
    tracing: names('For traces.'),
    metrics: names('For metrics.'),
    accessLogging: names('For access logs.'),
  }),
  discoverySelectors: list(
    'Labels of namespaces that the mesh looks at, any one of them; all namespaces when absent.',
    labelSelector('Labels of namespaces.'),
  ),
  pathNormalization: object('How paths are brought into one form before they are compared.', {
    normalization: enumeration('How far it goes.', [
      'DEFAULT',
      'NONE',
      'BASE',
      'MERGE_SLASHES',
      'DECODE_AND_MERGE_SLASHES',
    ]),
  }),
  defaultHttpRetryPolicy: retries,
});

/** Configuration of the mesh as a whole. */
export type MeshConfig = Infer<typeof meshConfig>;

/** What holds for the mesh when nothing else is said. */
export const MESH_CONFIG_DEFAULTS = Object.freeze({
  proxyListenPort: 15001,
  proxyInboundListenPort: 15006,
  connectTimeout: '10s',
  protocolDetectionTimeout: '0s',
  ingressClass: 'istio',
  ingressService: 'istio-ingressgateway',
  ingressControllerMode: 'STRICT',
  enableTracing: true,
  accessLogFile: '',
  accessLogFormat: '',
  accessLogEncoding: 'TEXT',
  enableEnvoyAccessLogService: false,
  defaultConfig: PROXY_CONFIG_DEFAULTS,
  outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
  inboundTrafficPolicy: { mode: 'PASSTHROUGH' },
  enableAutoMtls: true,
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
  defaultServiceExportTo: ['*'],
  defaultVirtualServiceExportTo: ['*'],
  defaultDestinationRuleExportTo: ['*'],
  rootNamespace: 'istio-system',
  localityLbSetting: { enabled: true },
  dnsRefreshRate: '60s',
  h2UpgradePolicy: 'DO_NOT_UPGRADE',
  serviceSettings: [],
  enablePrometheusMerge: true,
  extensionProviders: [
    { name: 'prometheus', prometheus: {} },
    { name: 'stackdriver', stackdriver: {} },
    { name: 'envoy', envoyFileAccessLog: { path: '/dev/stdout' } },
  ],
  defaultProviders: {},
  pathNormalization: { normalization: 'DEFAULT' },
} satisfies MeshConfig);
