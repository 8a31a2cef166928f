import type { UpstreamCodec } from '@weft/proto/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec';
import { supports } from '../compile/support.ts';
import { POLICY_HTTP_FILTERS } from '../filters/http/all.ts';
import type { RouteFilterCompiler } from '../route/context.ts';
import type { HttpFilterCategory } from './http-filter.ts';
import { ROUTER } from './router.ts';

const LATER = 'it is not there yet';

/** All HTTP filters, in the order in which the documentation lists them. */
export const HTTP_FILTERS: HttpFilterCategory = {
  name: 'envoy.filters.http',
  what: 'HTTP filter',
  supported: [...POLICY_HTTP_FILTERS, ROUTER],
  refused: {
    'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency': LATER,
    'envoy.extensions.filters.http.admission_control.v3.AdmissionControl': LATER,
    'envoy.extensions.filters.http.alternate_protocols_cache.v3.FilterConfig': 'HTTP/3 is not spoken',
    'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit': LATER,
    'envoy.extensions.filters.http.basic_auth.v3.BasicAuth': LATER,
    'envoy.extensions.filters.http.cache.v3.CacheConfig': LATER,
    'envoy.extensions.filters.http.composite.v3.Composite': 'list the filters, and switch them per route',
    'envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig': LATER,
    'envoy.extensions.filters.http.credential_injector.v3.CredentialInjector': LATER,
    'envoy.extensions.filters.http.custom_response.v3.CustomResponse': 'use local_reply_config',
    'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig': LATER,
    'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz': LATER,
    'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor': LATER,
    'envoy.extensions.filters.http.grpc_http1_bridge.v3.Config':
      'use grpc_web: clients of HTTP/1 have no trailers otherwise',
    'envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3.FilterConfig': LATER,
    'envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder': LATER,
    'envoy.extensions.filters.http.ip_tagging.v3.IPTagging': LATER,
    'envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata': LATER,
    'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication': LATER,
    'envoy.extensions.filters.http.lua.v3.Lua':
      'programs are not run within the proxy: use header_mutation, or an upstream',
    'envoy.extensions.filters.http.oauth2.v3.OAuth2': LATER,
    'envoy.extensions.filters.http.on_demand.v3.OnDemand': 'virtual hosts and clusters are not fetched on demand',
    'envoy.extensions.filters.http.original_src.v3.OriginalSrc': "Node.js cannot bind to another host's address",
    'envoy.extensions.filters.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig': LATER,
    'envoy.extensions.filters.http.ratelimit.v3.RateLimit': LATER,
    'envoy.extensions.filters.http.tap.v3.Tap': LATER,
    'envoy.extensions.filters.http.wasm.v3.Wasm': 'programs are not run within the proxy',
  },
};

/** What is supported of upstream HTTP filters. */
export const UPSTREAM_HTTP_FILTER_SUPPORT = [
  supports<UpstreamCodec>('envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec', {}),
];

/** Of upstream HTTP filters there is the codec, which every chain ends with. */
export const UPSTREAM_HTTP_FILTERS: HttpFilterCategory = {
  name: 'envoy.filters.http.upstream',
  what: 'upstream HTTP filter',
  supported: [
    {
      name: 'envoy.filters.http.upstream_codec',
      typeName: 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
      isTerminal: true,
      compile: () => Object.freeze({}),
    },
  ],
  refused: {},
};

/** Which filters take configuration from routes. */
export const ROUTE_FILTERS: readonly RouteFilterCompiler[] = HTTP_FILTERS.supported.flatMap(({ route }) =>
  route === undefined ? [] : [route],
);
