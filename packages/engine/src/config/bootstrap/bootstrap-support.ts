import type {
  Admin,
  Bootstrap,
  Bootstrap_DynamicResources,
  Bootstrap_StaticResources,
  ClusterManager,
} from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import type { BuildVersion, Extension, Node } from '@weft/proto/envoy/config/core/v3/base';
import type {
  HistogramBucketSettings,
  StatsConfig,
  StatsMatcher,
  TagSpecifier,
} from '@weft/proto/envoy/config/metrics/v3/stats';
import type { InternalListener } from '@weft/proto/envoy/extensions/bootstrap/internal_listener/v3/internal_listener';
import type { GoogleRE2 } from '@weft/proto/envoy/extensions/regex_engines/v3/google_re2';
import type { SemanticVersion } from '@weft/proto/envoy/type/v3/semantic_version';
import { supports, withoutEffect } from '../../compile/support.ts';
import { later } from '../later.ts';

const NO_XDSTP = 'resources have plain names: those of xdstp:// are not fetched';
const NO_WATCHDOG = withoutEffect('a stuck event loop is shown in the statistics, and no process is killed for it');
const NO_SOCKET_OPTIONS = 'Node.js cannot set options of sockets: set them for the whole host by sysctl';
const NO_TCP_DNS = 'Node.js asks by UDP, and by TCP when an answer is cut off: leave it out';

/** What is supported of bootstraps. */
export const BOOTSTRAP_SUPPORT = [
  supports<Bootstrap>('envoy.config.bootstrap.v3.Bootstrap', {
    node: true,
    nodeContextParams: NO_XDSTP,
    staticResources: true,
    dynamicResources: true,
    clusterManager: true,
    hdsConfig: 'health is not checked for others',
    flagsPath: 'there are no files of flags: leave it out',
    statsSinks: later('push statistics: read them from /stats of the admin address'),
    deferredStatOptions: withoutEffect('statistics cost little before they are used'),
    statsConfig: true,
    statsFlushInterval: true,
    statsFlush: { statsFlushOnAdmin: true },
    watchdog: NO_WATCHDOG,
    watchdogs: NO_WATCHDOG,
    tracing: 'spans are not made yet: leave it out',
    layeredRuntime: true,
    admin: true,
    overloadManager: true,
    enableDispatcherStats: "there is no dispatcher as Envoy's: see the statistics of the event loop",
    headerPrefix: 'headers begin with x-envoy',
    statsServerVersionOverride: true,
    useTcpForDnsLookups: NO_TCP_DNS,
    dnsResolutionConfig: true,
    typedDnsResolverConfig: true,
    bootstrapExtensions: true,
    fatalActions: 'nothing is run when the process crashes',
    configSources: NO_XDSTP,
    defaultConfigSource: NO_XDSTP,
    defaultSocketInterface: 'sockets are those of Node.js: leave it out',
    certificateProviderInstances: 'certificates come from files and SDS: name them there',
    inlineHeaders: withoutEffect('all headers are found alike'),
    perfTracingFilePath: 'the program traces with the tools of Node.js: leave it out',
    defaultRegexEngine: true,
    xdsDelegateExtension: 'nothing stands between the xDS client and its server',
    xdsConfigTrackerExtension: 'nothing stands between the xDS client and its server',
    listenerManager: 'there is one manager of listeners: leave it out',
    applicationLogConfig: 'the format of the log is chosen on the command line',
    grpcAsyncClientManagerConfig: withoutEffect('one client is kept for each server'),
    memoryAllocatorManager: withoutEffect('memory is managed by the JavaScript engine'),
    enableWorkerCpuAffinity: 'the system chooses the processor: use taskset',
    statsEviction: { statsEvictionInterval: 'statistics last as long as what they count: leave it out' },
  }),
  supports<Bootstrap_StaticResources>('envoy.config.bootstrap.v3.Bootstrap.StaticResources', {
    listeners: true,
    clusters: true,
    secrets: true,
  }),
  supports<Bootstrap_DynamicResources>('envoy.config.bootstrap.v3.Bootstrap.DynamicResources', {
    ldsConfig: true,
    ldsResourcesLocator: NO_XDSTP,
    cdsConfig: true,
    cdsResourcesLocator: NO_XDSTP,
    adsConfig: true,
  }),
  supports<Admin>('envoy.config.bootstrap.v3.Admin', {
    accessLog: true,
    accessLogPath: true,
    profilePath: withoutEffect('profiles are taken with the tools of Node.js'),
    address: true,
    socketOptions: NO_SOCKET_OPTIONS,
    ignoreGlobalConnLimit: withoutEffect('connections to the admin interface are never limited'),
    allowPaths: 'every path is served: let the address be a loopback address or a pipe',
  }),
  supports<ClusterManager>('envoy.config.bootstrap.v3.ClusterManager', {
    localClusterName: later('send to the own zone first'),
    outlierDetection: later('eject hosts that fail'),
    upstreamBindConfig: true,
    loadStatsConfig: 'load is not reported to servers: use statistics',
    enableDeferredClusterCreation: withoutEffect('clusters cost little before they are used'),
  }),
  supports<Node>('envoy.config.core.v3.Node', {
    id: true,
    cluster: true,
    metadata: true,
    dynamicParameters: NO_XDSTP,
    locality: true,
    userAgentName: true,
    userAgentVersionType: { userAgentVersion: true, userAgentBuildVersion: true },
    extensions: true,
    clientFeatures: true,
    listeningAddresses: true,
  }),
  supports<BuildVersion>('envoy.config.core.v3.BuildVersion', { version: true, metadata: true }),
  supports<SemanticVersion>('envoy.type.v3.SemanticVersion', { majorNumber: true, minorNumber: true, patch: true }),
  supports<Extension>('envoy.config.core.v3.Extension', {
    name: true,
    category: true,
    typeDescriptor: true,
    version: true,
    disabled: true,
    typeUrls: true,
  }),
  supports<StatsConfig>('envoy.config.metrics.v3.StatsConfig', {
    statsTags: true,
    useAllDefaultTags: true,
    statsMatcher: true,
    histogramBucketSettings: true,
    allowDefaultTagOverrides: 'give tags other names than the default ones',
  }),
  supports<StatsMatcher>('envoy.config.metrics.v3.StatsMatcher', {
    statsMatcher: { rejectAll: true, exclusionList: true, inclusionList: true },
  }),
  supports<TagSpecifier>('envoy.config.metrics.v3.TagSpecifier', {
    tagName: true,
    tagValue: { regex: true, fixedValue: true },
  }),
  supports<HistogramBucketSettings>('envoy.config.metrics.v3.HistogramBucketSettings', {
    match: true,
    buckets: true,
    bins: 'use buckets',
  }),
  supports<GoogleRE2>('envoy.extensions.regex_engines.v3.GoogleRE2', {}),
  supports<InternalListener>('envoy.extensions.bootstrap.internal_listener.v3.InternalListener', {
    bufferSizeKb: true,
  }),
];
