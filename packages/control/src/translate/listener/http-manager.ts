/** Connection managers for HTTP, with Istio's settings. */
import type { FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { MeshSettings, Protocol } from '../../mesh/model/index.ts';
import type { TranslationInput } from '../input.ts';
import { FROM_CONTROL_PLANE } from '../json/config-source.ts';
import { defined, filled } from '../json/defined.ts';
import { typed } from '../json/typed-config.ts';
import { durationJson } from '../json/values.ts';
import { accessLogs } from './access-logs.ts';
import { httpFilters } from './http-filters.ts';
import type { ProxyTraits } from './proxy-traits.ts';

/** Name of the filter, by which EnvoyFilters find it. */
export const HTTP_MANAGER_NAME = 'envoy.filters.network.http_connection_manager';

const SERVER_NAME = 'istio-envoy';

type ClientCertDetails = NonNullable<HttpConnectionManagerJson['forwardClientCertDetails']>;
type Headers = NonNullable<ProxyTraits['config']['proxyHeaders']>;

/** What differs between connection managers. */
export interface HttpManagerOptions {
  /** Which side of the proxy it serves; decides about certificates and addresses of clients. */
  readonly side: 'inbound' | 'outbound' | 'gateway';
  readonly statPrefix: string;
  /** Name of a route configuration that is fetched, or the routes themselves. */
  readonly routes: string | RouteConfigurationJson;
  readonly protocol: Protocol;
  readonly authorization?: readonly HttpFilterJson[];
}

/** The filter. */
export function httpManager(input: TranslationInput, traits: ProxyTraits, options: HttpManagerOptions): FilterJson {
  return {
    name: HTTP_MANAGER_NAME,
    typedConfig: typed(
      'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      managerConfig(input, traits, options),
    ),
  };
}

function managerConfig(
  input: TranslationInput,
  traits: ProxyTraits,
  { side, statPrefix, routes, protocol, authorization = [] }: HttpManagerOptions,
): HttpConnectionManagerJson {
  const { proxyHeaders: headers = {}, gatewayTopology = {} } = traits.config;
  const idleTimeout = traits.idleTimeout === undefined ? undefined : durationJson(traits.idleTimeout);
  const hops = side === 'gateway' ? (gatewayTopology.numTrustedProxies ?? 0) : 0;
  return defined<HttpConnectionManagerJson>({
    codecType: 'AUTO',
    statPrefix,
    ...(typeof routes === 'string' ? { rds: rdsOf(routes) } : { routeConfig: routes }),
    httpFilters: httpFilters({
      authorization,
      protocol,
      suppressesDebugHeaders: headers.envoyDebugHeaders?.disabled === true,
    }),
    ...protocolOptions(traits, { side, protocol }),
    commonHttpProtocolOptions: idleTimeout === undefined ? undefined : { idleTimeout },
    streamIdleTimeout: '0s',
    accessLog: filled(accessLogs(input)),
    useRemoteAddress: side === 'gateway',
    xffNumTrustedHops: hops === 0 ? undefined : hops,
    generateRequestId: headers.requestId?.disabled === true ? false : undefined,
    ...serverHeader(headers),
    ...clientCertificates(side, traits),
    proxy100Continue: true,
    appendXForwardedPort: headers.xForwardedPort?.enabled === true ? true : undefined,
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    ...pathNormalization(input.snapshot.settings),
  });
}

function rdsOf(routeConfigName: string): NonNullable<HttpConnectionManagerJson['rds']> {
  return { configSource: FROM_CONTROL_PLANE, routeConfigName };
}

function protocolOptions(
  { acceptsHttp10, config }: ProxyTraits,
  { side, protocol }: Pick<HttpManagerOptions, 'side' | 'protocol'>,
): Partial<HttpConnectionManagerJson> {
  const keepsCase = config.proxyHeaders?.preserveHttp1HeaderCase === true;
  const options = {
    ...(protocol === 'HTTP_PROXY' ? { allowAbsoluteUrl: true } : {}),
    ...(acceptsHttp10 ? { acceptHttp10: true } : {}),
    ...(keepsCase ? { headerKeyFormat: { statefulFormatter: PRESERVE_CASE } } : {}),
  };
  const isHttp2 = protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-WEB';
  return {
    ...(Object.keys(options).length === 0 ? {} : { httpProtocolOptions: options }),
    ...(side === 'inbound' && isHttp2 ? { http2ProtocolOptions: {} } : {}),
  };
}

const PRESERVE_CASE = {
  name: 'preserve_case',
  typedConfig: typed('envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig', {}),
};

function serverHeader({ server = {} }: Headers): Partial<HttpConnectionManagerJson> {
  if (server.disabled === true) return { serverHeaderTransformation: 'PASS_THROUGH' };
  return { serverName: server.value || SERVER_NAME };
}

/** Sidecars add the client to the header in front of the workload; gateways believe nobody unless told so. Outbound ones leave it out. */
function clientCertificates(
  side: HttpManagerOptions['side'],
  { config }: ProxyTraits,
): Partial<HttpConnectionManagerJson> {
  if (side === 'outbound') return {};
  if (side === 'gateway') {
    const forwardClientCertDetails = detailsOf(config.gatewayTopology?.forwardClientCertDetails) ?? 'SANITIZE_SET';
    const sets = forwardClientCertDetails === 'SANITIZE_SET' || forwardClientCertDetails === 'APPEND_FORWARD';
    if (!sets) return { forwardClientCertDetails };
    return {
      forwardClientCertDetails,
      setCurrentClientCertDetails: { subject: true, cert: true, dns: true, uri: true },
    };
  }
  const { forwardedClientCert, setCurrentClientCertDetails: parts = {} } = config.proxyHeaders ?? {};
  return {
    forwardClientCertDetails: detailsOf(forwardedClientCert) ?? 'APPEND_FORWARD',
    setCurrentClientCertDetails: {
      subject: parts.subject ?? true,
      uri: parts.uri ?? true,
      dns: parts.dns ?? true,
      ...(parts.cert === true ? { cert: true } : {}),
      ...(parts.chain === true ? { chain: true } : {}),
    },
  };
}

function detailsOf(word: ClientCertDetails | 'UNDEFINED' | undefined): ClientCertDetails | undefined {
  return word === 'UNDEFINED' ? undefined : word;
}

/** How paths are brought into one form before rules look at them (SEMANTICS 31). */
function pathNormalization({ config }: MeshSettings): Partial<HttpConnectionManagerJson> {
  const kind = config.pathNormalization?.normalization ?? 'DEFAULT';
  if (kind === 'NONE') return { normalizePath: false };
  if (kind === 'MERGE_SLASHES') return { normalizePath: true, mergeSlashes: true };
  if (kind === 'DECODE_AND_MERGE_SLASHES') {
    return { normalizePath: true, mergeSlashes: true, pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD' };
  }
  return { normalizePath: true };
}
