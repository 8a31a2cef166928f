/** Configuration that is carried in an `Any`: its type must be known where it is written. */
import type { AnyJson } from '@bufbuild/protobuf/wkt';
import type { FileAccessLogJson } from '@weft/proto/envoy/extensions/access_loggers/file/v3/file';
import type { StdoutAccessLogJson } from '@weft/proto/envoy/extensions/access_loggers/stream/v3/stream';
import type { ClusterConfigJson } from '@weft/proto/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster';
import type { CorsJson, CorsPolicyJson } from '@weft/proto/envoy/extensions/filters/http/cors/v3/cors';
import type { HTTPFaultJson } from '@weft/proto/envoy/extensions/filters/http/fault/v3/fault';
import type { FilterConfigJson as GrpcStatsJson } from '@weft/proto/envoy/extensions/filters/http/grpc_stats/v3/config';
import type { GrpcWebJson } from '@weft/proto/envoy/extensions/filters/http/grpc_web/v3/grpc_web';
import type { RBACJson as HttpRbacJson } from '@weft/proto/envoy/extensions/filters/http/rbac/v3/rbac';
import type { RouterJson } from '@weft/proto/envoy/extensions/filters/http/router/v3/router';
import type {
  StatefulSessionJson,
  StatefulSessionPerRouteJson,
} from '@weft/proto/envoy/extensions/filters/http/stateful_session/v3/stateful_session';
import type { HttpInspectorJson } from '@weft/proto/envoy/extensions/filters/listener/http_inspector/v3/http_inspector';
import type { OriginalDstJson } from '@weft/proto/envoy/extensions/filters/listener/original_dst/v3/original_dst';
import type { OriginalSrcJson } from '@weft/proto/envoy/extensions/filters/listener/original_src/v3/original_src';
import type { ProxyProtocolJson } from '@weft/proto/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol';
import type { TlsInspectorJson } from '@weft/proto/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector';
import type { HttpConnectionManagerJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { RBACJson as NetworkRbacJson } from '@weft/proto/envoy/extensions/filters/network/rbac/v3/rbac';
import type { SniClusterJson } from '@weft/proto/envoy/extensions/filters/network/sni_cluster/v3/sni_cluster';
import type { TcpProxyJson } from '@weft/proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy';
import type { MetadataJson as MetadataFormatterJson } from '@weft/proto/envoy/extensions/formatter/metadata/v3/metadata';
import type { ReqWithoutQueryJson } from '@weft/proto/envoy/extensions/formatter/req_without_query/v3/req_without_query';
import type { PreserveCaseFormatterConfigJson } from '@weft/proto/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case';
import type { UriTemplateMatchConfigJson } from '@weft/proto/envoy/extensions/path/match/uri_template/v3/uri_template_match';
import type { PreviousHostsPredicateJson } from '@weft/proto/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts';
import type { ProxyProtocolUpstreamTransportJson } from '@weft/proto/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol';
import type { RawBufferJson } from '@weft/proto/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer';
import type {
  DownstreamTlsContextJson,
  UpstreamTlsContextJson,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import type { HttpProtocolOptionsJson } from '@weft/proto/envoy/extensions/upstreams/http/v3/http_protocol_options';

/** The types of message that resources here carry; a new one is a line. */
export interface TypedConfigs {
  'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig': UriTemplateMatchConfigJson;
  'envoy.extensions.filters.http.router.v3.Router': RouterJson;
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager': HttpConnectionManagerJson;
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': TcpProxyJson;
  'envoy.extensions.filters.http.rbac.v3.RBAC': HttpRbacJson;
  'envoy.extensions.filters.network.rbac.v3.RBAC': NetworkRbacJson;
  'envoy.extensions.filters.http.fault.v3.HTTPFault': HTTPFaultJson;
  'envoy.extensions.filters.http.cors.v3.Cors': CorsJson;
  'envoy.extensions.filters.http.cors.v3.CorsPolicy': CorsPolicyJson;
  'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig': GrpcStatsJson;
  'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb': GrpcWebJson;
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSession': StatefulSessionJson;
  'envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute': StatefulSessionPerRouteJson;
  'envoy.extensions.filters.network.sni_cluster.v3.SniCluster': SniClusterJson;
  'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': TlsInspectorJson;
  'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector': HttpInspectorJson;
  'envoy.extensions.filters.listener.original_dst.v3.OriginalDst': OriginalDstJson;
  'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol': ProxyProtocolJson;
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext': UpstreamTlsContextJson;
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext': DownstreamTlsContextJson;
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': RawBufferJson;
  'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport': ProxyProtocolUpstreamTransportJson;
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': HttpProtocolOptionsJson;
  'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery': ReqWithoutQueryJson;
  'envoy.extensions.formatter.metadata.v3.Metadata': MetadataFormatterJson;
  'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig': PreserveCaseFormatterConfigJson;
  'envoy.extensions.filters.listener.original_src.v3.OriginalSrc': OriginalSrcJson;
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': FileAccessLogJson;
  'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog': StdoutAccessLogJson;
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': PreviousHostsPredicateJson;
  'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig': ClusterConfigJson;
}

/** A message of a type in an `Any`. */
export function typed<T extends keyof TypedConfigs>(typeName: T, config: TypedConfigs[T]): AnyJson {
  return { '@type': `type.googleapis.com/${typeName}`, ...config };
}
