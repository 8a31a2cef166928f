import { extractByRegex, extractByTokens, type TagExtractor } from './tag-extractor.ts';

/**
 * Envoy's default tags (source/common/config/well_known_names.cc, checked against what version 1.40 shows), in its order: where two
 * find the same tag, the first counts.
 */

const VALUE = '[^\\.]+';
const ADDRESS = '(?:(?:\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[[a-fA-F_\\d]+\\])_\\d+)';
const CIPHER = '[\\w-]+';
const LISTENER_OR_CLUSTER = '(?:listener|cluster)\\..*?';

type RegexRow = readonly [tag: string, regex: string, substring?: string, exceptValue?: string];

const REGEXES: readonly RegexRow[] = [
  ['envoy.response_code', '_rq(_(\\d{3}))$', '_rq_'],
  ['envoy.response_code_class', '_rq_((\\d))xx$', '_rq_'],
  [
    'envoy.dynamo_partition_id',
    `^http\\.${VALUE}\\.dynamodb\\.table\\.${VALUE}\\.capacity\\.${VALUE}(\\.__partition_id=(\\w{7}))$`,
    '.dynamodb.table.',
  ],
  [
    'envoy.dynamo_operation',
    `^http\\.${VALUE}\\.dynamodb.(?:operation|table\\.${VALUE}\\.capacity)(\\.(${VALUE}))(?:\\.|$)`,
    '.dynamodb.',
  ],
  ['envoy.dynamo_table', `^http\\.${VALUE}\\.dynamodb.(?:table|error)\\.((${VALUE})\\.)`, '.dynamodb.'],
  ['envoy.ssl_cipher', `^listener\\..*?\\.ssl\\.ciphers(\\.(${CIPHER}))$`, '.ssl.ciphers.'],
  ['envoy.ssl_curve', `^${LISTENER_OR_CLUSTER}\\.ssl\\.curves(\\.(${CIPHER}))$`, '.ssl.curves.'],
  ['envoy.ssl_sigalg', `^${LISTENER_OR_CLUSTER}\\.ssl\\.sigalgs(\\.(${CIPHER}))$`, '.ssl.sigalgs.'],
  ['envoy.ssl_version', `^${LISTENER_OR_CLUSTER}\\.ssl\\.versions(\\.(TLSv\\d\\.\\d))$`, '.ssl.versions.'],
  ['envoy.tls_certificate', `^${LISTENER_OR_CLUSTER}\\.ssl\\.certificate\\.((${VALUE})\\.).*$`, '.ssl.certificate.'],
  ['cipher_suite', `^cluster\\.${VALUE}\\.ssl\\.ciphers(\\.(${CIPHER}))$`, '.ssl.ciphers.'],
  ['envoy.health_check_name', `^cluster\\.${VALUE}\\.health_check(\\.name\\.(${VALUE}))\\..+`, '.health_check.name.'],
  ['envoy.http_conn_manager_prefix', `^listener\\..*?\\.http\\.((${VALUE})\\.)`, '.http.'],
  [
    'envoy.worker_id',
    `^(?:listener\\.(?:${ADDRESS}|${VALUE})|server|listener_manager|thread_local_cluster_manager)\\.worker_((\\d+)\\.)`,
    '.worker_',
  ],
  ['envoy.listener_address', `^listener\\.((${ADDRESS}|${VALUE})\\.)`, undefined, 'admin'],
  [
    'envoy.rbac_policy_name',
    `^http\\.${VALUE}\\.rbac\\.(?:${VALUE}\\.)?policy\\.((${VALUE})\\.)(?:(?:shadow_)?(?:allowed|denied))$`,
  ],
  ['envoy.rbac_http_prefix', `^http\\.${VALUE}\\.rbac\\.((${VALUE})\\.).*?`, '.rbac.', 'policy'],
  ['envoy.rds_route_config', `^http\\.${VALUE}\\.rds\\.(([\\w\\-.]+)\\.)\\w+?$`, '.rds.'],
  ['envoy.scoped_rds_config', `^http\\.${VALUE}\\.scoped_rds\\.(([\\w\\-./]+)\\.)\\w+?$`, '.scoped_rds.'],
  ['envoy.proxy_protocol_prefix', `^proxy_proto\\.((${VALUE})\\.).+$`, undefined, 'versions'],
  ['envoy.proxy_protocol_version', `^proxy_proto\\.((?:${VALUE}\\.)?versions\\.v(\\d)\\.)\\w+$`],
  ['envoy.xds_resource_name', `^sds\\.((${VALUE})\\.).+`],
];

const TOKENS: readonly (readonly [tag: string, pattern: string])[] = [
  ['envoy.mongo_callsite', 'mongo.*.collection.*.callsite.$.query.**'],
  ['envoy.mongo_collection', 'mongo.*.collection.$.**.query.*'],
  ['envoy.mongo_cmd', 'mongo.*.cmd.$.**'],
  ['envoy.grpc_bridge_method', 'cluster.*.grpc.*.$.**'],
  ['envoy.http_user_agent', 'http.*.user_agent.$.**'],
  ['envoy.virtual_cluster', 'vhost.*.vcluster.$.**'],
  ['envoy.fault_downstream_cluster', 'http.*.fault.$.**'],
  ['envoy.grpc_bridge_service', 'cluster.*.grpc.$.**'],
  ['envoy.tcp_prefix', 'tcp.$.**'],
  ['envoy.udp_prefix', 'udp.$.**'],
  ['envoy.clientssl_prefix', 'auth.clientssl.$.**'],
  ['envoy.ratelimit_prefix', 'ratelimit.$.**'],
  ['envoy.cluster_name', 'cluster.$.**'],
  ['envoy.ext_authz_prefix', 'cluster.*.ext_authz.$.**'],
  ['envoy.ext_authz_prefix', 'http.*.ext_authz.$.**'],
  ['envoy.http_conn_manager_prefix', 'http.$.**'],
  ['envoy.virtual_host', 'vhost.$.**'],
  ['envoy.mongo_prefix', 'mongo.$.**'],
  ['envoy.route', 'vhost.*.route.$.**'],
  ['envoy.thrift_prefix', 'thrift.$.**'],
  ['envoy.redis_prefix', 'redis.$.**'],
  ['envoy.local_http_ratelimit_prefix', '$.http_local_rate_limit.**'],
  ['envoy.local_network_ratelimit_prefix', 'local_rate_limit.$.**'],
  ['envoy.local_listener_ratelimit_prefix', 'listener_local_ratelimit.$.**'],
  ['envoy.dns_filter_prefix', 'dns_filter.$.**'],
  ['envoy.connection_limit_prefix', 'connection_limit.$.**'],
  ['envoy.rbac_prefix', '$.rbac.**'],
  ['envoy.google_grpc_client_prefix', 'grpc.$.**'],
];

/** What finds the tags that Envoy knows. */
export const DEFAULT_TAG_EXTRACTORS: readonly TagExtractor[] = [
  ...REGEXES.map(([tag, regex, substring, exceptValue]) =>
    extractByRegex(tag, regex, {
      ...(substring === undefined ? {} : { substring }),
      ...(exceptValue === undefined ? {} : { exceptValue }),
    }),
  ),
  ...TOKENS.map(([tag, pattern]) => extractByTokens(tag, pattern)),
];
