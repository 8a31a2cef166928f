import type { Cluster } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { UpstreamHttpProtocolOptions } from '@weft/proto/envoy/config/core/v3/protocol';
import type {
  HttpProtocolOptions,
  HttpProtocolOptions_AutoHttpConfig,
  HttpProtocolOptions_ExplicitHttpConfig,
  HttpProtocolOptions_UseDownstreamHttpConfig,
} from '@weft/proto/envoy/extensions/upstreams/http/v3/http_protocol_options';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileHttpFilters } from '../http/http-filter.ts';
import { UPSTREAM_HTTP_FILTERS } from '../http/http-filters.ts';
import type { Http1Runtime, Http2Runtime, HttpRuntime } from '../http/manager-runtime.ts';
import { compileHttp1Options, compileHttp2Options, compileHttpOptions } from '../http/protocol-options.ts';
import { asciiLower } from '../match/ascii.ts';

const HTTP3 = 'HTTP/3 is not spoken';

/** What is supported of the HTTP options of clusters. */
export const UPSTREAM_HTTP_SUPPORT = [
  supports<HttpProtocolOptions>('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
    commonHttpProtocolOptions: true,
    upstreamHttpProtocolOptions: true,
    upstreamProtocolOptions: { explicitHttpConfig: true, useDownstreamProtocolConfig: true, autoConfig: true },
    httpFilters: true,
    headerValidationConfig: 'headers are always checked: leave it out',
    hashPolicy: 'use hash_policy of the route',
    outlierDetection: 'use outlier_detection of the cluster',
    requestMirrorPolicies: 'use request_mirror_policies of the route',
    retryPolicy: 'use retry_policy of the route',
  }),
  supports<HttpProtocolOptions_ExplicitHttpConfig>(
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig',
    { protocolConfig: { httpProtocolOptions: true, http2ProtocolOptions: true, http3ProtocolOptions: HTTP3 } },
  ),
  supports<HttpProtocolOptions_UseDownstreamHttpConfig>(
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig',
    { httpProtocolOptions: true, http2ProtocolOptions: true, http3ProtocolOptions: HTTP3 },
  ),
  supports<HttpProtocolOptions_AutoHttpConfig>(
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig',
    {
      httpProtocolOptions: true,
      http2ProtocolOptions: true,
      http3ProtocolOptions: HTTP3,
      alternateProtocolsCacheOptions: HTTP3,
    },
  ),
  supports<UpstreamHttpProtocolOptions>('envoy.config.core.v3.UpstreamHttpProtocolOptions', {
    autoSni: true,
    autoSanValidation: true,
    overrideAutoSniHeader: true,
  }),
];

/** How a cluster speaks HTTP. */
export interface UpstreamHttpRuntime {
  /** `auto` is what ALPN says; `downstream` is that of the request, of those that are allowed. */
  readonly protocol: 'http1' | 'http2' | 'auto' | 'downstream';
  /** Of `downstream`: whether requests of HTTP/2 stay HTTP/2; they become HTTP/1 otherwise. */
  readonly allowsHttp2: boolean;
  readonly http: HttpRuntime;
  readonly http1: Http1Runtime;
  readonly http2: Http2Runtime;
  /** Whether the name for TLS is the host of the request, or what a header says. */
  readonly autoSni: boolean;
  /** Whether the certificate has to be for that name. */
  readonly autoSanValidation: boolean;
  /** In lower case; empty for the host. */
  readonly autoSniHeader: string;
}

/** The parts of the options that older clusters have as fields of their own. */
type Parts = Pick<Cluster, 'httpProtocolOptions' | 'http2ProtocolOptions'>;

/** Compiles the options of a cluster's extension. */
export function compileHttpProtocolOptions(
  message: HttpProtocolOptions,
  path: string,
  context: ConfigContext,
): UpstreamHttpRuntime | undefined {
  if (message.httpFilters.length > 0) {
    compileHttpFilters(message.httpFilters, UPSTREAM_HTTP_FILTERS, `${path}.http_filters`, context);
  }
  const { upstreamProtocolOptions: given } = message;
  if (given.case === undefined) {
    return isMissing(path, 'explicit_http_config, use_downstream_protocol_config or auto_config', context);
  }
  const parts = given.case === 'explicitHttpConfig' ? explicitParts(given.value) : given.value;
  const at = `${path}.${PROTO_NAMES[given.case]}`;
  const http2 = parts.http2ProtocolOptions;
  return compileParts(protocolOf(given.case, http2 !== undefined), parts, at, context, {
    http: compileHttpOptions(message.commonHttpProtocolOptions, 0, `${path}.common_http_protocol_options`, context),
    upstream: message.upstreamHttpProtocolOptions,
  });
}

const PROTO_NAMES = {
  explicitHttpConfig: 'explicit_http_config',
  useDownstreamProtocolConfig: 'use_downstream_protocol_config',
  autoConfig: 'auto_config',
};

function explicitParts({ protocolConfig: given }: HttpProtocolOptions_ExplicitHttpConfig): Partial<Parts> {
  if (given.case === 'httpProtocolOptions') return { httpProtocolOptions: given.value };
  return given.case === 'http2ProtocolOptions' ? { http2ProtocolOptions: given.value } : {};
}

function protocolOf(kind: keyof typeof PROTO_NAMES, hasHttp2: boolean): UpstreamHttpRuntime['protocol'] {
  if (kind === 'autoConfig') return 'auto';
  if (kind === 'useDownstreamProtocolConfig') return 'downstream';
  return hasHttp2 ? 'http2' : 'http1';
}

/** Compiles the options of a cluster that has them as fields of its own, or none at all: HTTP/1. */
export function compileLegacyHttp(cluster: Cluster, base: string, context: ConfigContext): UpstreamHttpRuntime {
  const usesDownstream = cluster.protocolSelection === 1;
  const protocol = usesDownstream ? 'downstream' : cluster.http2ProtocolOptions === undefined ? 'http1' : 'http2';
  const maxRequests = cluster.maxRequestsPerConnection ?? 0;
  const commonPath = `${base}common_http_protocol_options`;
  return compileParts(protocol, cluster, base.replace(/\.$/, ''), context, {
    http: compileHttpOptions(cluster.commonHttpProtocolOptions, maxRequests, commonPath, context),
    upstream: cluster.upstreamHttpProtocolOptions,
  });
}

interface CommonParts {
  readonly http: HttpRuntime;
  readonly upstream: UpstreamHttpProtocolOptions | undefined;
}

function compileParts(
  protocol: UpstreamHttpRuntime['protocol'],
  parts: Partial<Parts>,
  path: string,
  context: ConfigContext,
  { http, upstream }: CommonParts,
): UpstreamHttpRuntime {
  const base = path === '' ? '' : `${path}.`;
  return Object.freeze({
    protocol,
    allowsHttp2: protocol !== 'downstream' || parts.http2ProtocolOptions !== undefined,
    http,
    http1: compileHttp1Options(parts.httpProtocolOptions, false, `${base}http_protocol_options`, context),
    http2: compileHttp2Options(parts.http2ProtocolOptions, false, `${base}http2_protocol_options`, context),
    autoSni: upstream?.autoSni ?? false,
    autoSanValidation: upstream?.autoSanValidation ?? false,
    autoSniHeader: asciiLower(upstream?.overrideAutoSniHeader ?? ''),
  });
}
