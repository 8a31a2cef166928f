/** How proxies are started: the `defaultConfig` of the mesh, and the annotation `proxy.istio.io/config` of pods. */
import {
  boolean,
  enumeration,
  type Infer,
  integer,
  list,
  map,
  object,
  type Schema,
  string,
} from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { duration, uint32 } from '../networking.istio.io/scalars.ts';
import { workloadProbe } from '../networking.istio.io/workload-group-spec.ts';
import { forwardClientCertDetails, proxyHeaders } from './proxy-headers.ts';
import { proxyTracing } from './proxy-tracing.ts';
import { remoteService } from './remote-service.ts';

function flag(description: string): Schema<boolean> {
  return boolean(description, { nullable: true });
}

function keyEngine(description: string) {
  return object(description, {
    pollDelay: duration('How long operations are collected before they are run together.'),
    fallback: flag('Works without the hardware when it is not there.'),
  });
}

const privateKeyProvider = object(
  'Hardware that works with private keys.',
  {
    cryptomb: keyEngine('Instructions of the processor for many operations at once.'),
    qat: keyEngine('A QuickAssist card.'),
  },
  { rules: [atMostOneOf('cryptomb', 'qat')] },
);

const gatewayTopology = object('What stands in front of gateways.', {
  numTrustedProxies: uint32('Proxies whose word about the address of the client is taken.'),
  forwardClientCertDetails,
  proxyProtocol: object('Expects the PROXY protocol on connections.', {}),
});

const proxyStatsMatcher = object('Statistics to keep beside the usual ones.', {
  inclusionPrefixes: list('Beginnings of their names.', string('A beginning.')),
  inclusionSuffixes: list('Ends of their names.', string('An end.')),
  inclusionRegexps: list('Expressions for their names.', string('A regular expression.')),
});

/** How a proxy is started. */
export const meshProxyConfig = object(
  'How proxies are started.',
  {
    configPath: string('Folder for files that are made at the start.'),
    binaryPath: string('Program of the proxy.'),
    serviceCluster: string('Name of the service that the proxy says it belongs to.'),
    tracingServiceName: enumeration('How the name of the service is made from the workload.', [
      'APP_LABEL_AND_NAMESPACE',
      'CANONICAL_NAME_ONLY',
      'CANONICAL_NAME_AND_NAMESPACE',
    ]),
    drainDuration: duration('Time in which connections are drained when listeners change.'),
    parentShutdownDuration: duration('Time after which a replaced proxy ends.', { deprecated: 'has no effect' }),
    discoveryAddress: string('Address of the control plane, host:port.'),
    discoveryRefreshDelay: string('Time between polls.', { deprecated: 'has no effect' }),
    zipkinAddress: string('Address of Zipkin, host:port.', { deprecated: 'use tracing.zipkin.address' }),
    statsdUdpAddress: string('Address that statistics are sent to, host:port.'),
    envoyMetricsServiceAddress: string('Address of a metrics service.', { deprecated: 'use envoyMetricsService' }),
    proxyAdminPort: integer('Port of the administrative interface.'),
    availabilityZone: string('Zone of the proxy.', { deprecated: 'has no effect' }),
    controlPlaneAuthPolicy: enumeration('Whether the control plane is spoken to with mutual TLS.', [
      'NONE',
      'MUTUAL_TLS',
    ]),
    customConfigFile: string('Configuration file in place of the one that is made.'),
    statNameLength: integer('Longest name of a statistic.'),
    concurrency: integer('Worker threads; 0 for one each core, chosen by CPU limits when absent.', {
      nullable: true,
      minimum: 0,
    }),
    proxyBootstrapTemplatePath: string('Template of the bootstrap file.'),
    interceptionMode: enumeration('How connections come to the proxy.', ['REDIRECT', 'TPROXY', 'NONE']),
    tracing: proxyTracing,
    sds: object(
      'Where secrets come from.',
      { enabled: boolean('Whether they come from a service.'), k8sSaJwtPath: string('File with the token.') },
      { deprecated: 'has no effect' },
    ),
    envoyAccessLogService: remoteService,
    envoyMetricsService: remoteService,
    proxyMetadata: map(
      'Environment of the proxy; names that begin with ISTIO_META_ are told to the control plane.',
      string('Value.'),
    ),
    runtimeValues: map('Runtime settings of Envoy.', string('Value.')),
    statusPort: integer('Port of the agent for probes and merged metrics.'),
    extraStatTags: list('Tags of metrics that the user adds.', string('Name of a tag.')),
    gatewayTopology,
    terminationDrainDuration: duration('Time in which connections are drained when the proxy ends.'),
    meshId: string('Name of the mesh in reports.'),
    readinessProbe: workloadProbe,
    proxyStatsMatcher,
    holdApplicationUntilProxyStarts: flag('Starts the workload after the proxy is ready.'),
    caCertificatesPem: list('Further trusted authorities, as PEM.', string('Certificates.')),
    image: object('Image of the proxy.', { imageType: string('Kind of the image: default, debug or distroless.') }),
    privateKeyProvider,
    proxyHeaders,
    fileFlushInterval: duration('Time after which access logs are written to their file.'),
    fileFlushMinSizeKb: uint32('Kilobytes after which access logs are written to their file.', { nullable: true }),
    statsCompression: flag('Compresses metrics for clients that ask for it.'),
    statsEvictionInterval: duration('Time after which unused statistics are dropped.'),
  },
  { rules: [atMostOneOf('serviceCluster', 'tracingServiceName')] },
);

/** How a proxy is started. */
export type MeshProxyConfig = Infer<typeof meshProxyConfig>;

/** What holds for proxies when nothing else is said. */
export const PROXY_CONFIG_DEFAULTS = Object.freeze({
  configPath: './etc/istio/proxy',
  binaryPath: '/usr/local/bin/envoy',
  serviceCluster: 'istio-proxy',
  drainDuration: '45s',
  terminationDrainDuration: '5s',
  proxyAdminPort: 15000,
  controlPlaneAuthPolicy: 'MUTUAL_TLS',
  discoveryAddress: 'istiod.istio-system.svc:15012',
  interceptionMode: 'REDIRECT',
  statNameLength: 189,
  statusPort: 15020,
  proxyMetadata: {},
} satisfies MeshProxyConfig);
