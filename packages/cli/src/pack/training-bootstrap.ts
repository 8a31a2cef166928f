/** Addresses of the proxy in training: paths of sockets. */
export interface TrainingSockets {
  readonly front: string;
  readonly admin: string;
}

const TYPE = 'type.googleapis.com/envoy.extensions';

/** A configuration that uses what most configurations use; its cluster is the proxy itself. */
export function trainingBootstrap({ front, admin }: TrainingSockets): unknown {
  const routes = [
    { match: { path: '/direct' }, direct_response: { status: 200, body: { inline_string: 'x' } } },
    {
      match: { prefix: '/via/', headers: [{ name: 'x-never', present_match: true, invert_match: true }] },
      route: { cluster: 'self', prefix_rewrite: '/', timeout: '5s', retry_policy: { retry_on: '5xx' } },
      request_headers_to_add: [{ header: { key: 'x-training', value: '%PROTOCOL%' } }],
    },
    { match: { prefix: '/http2/' }, route: { cluster: 'self2', prefix_rewrite: '/' } },
  ];
  return {
    admin: { address: { pipe: { path: admin } } },
    static_resources: {
      listeners: [
        {
          name: 'front',
          address: { pipe: { path: front } },
          filter_chains: [{ filters: [manager(routes)] }],
        },
      ],
      clusters: [
        cluster('self', front, undefined),
        cluster('self2', front, {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
            explicit_http_config: { http2_protocol_options: {} },
          },
        }),
      ],
    },
  };
}

function manager(routes: readonly unknown[]): unknown {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'front',
      access_log: [
        {
          name: 'envoy.access_loggers.file',
          typed_config: { '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`, path: '/dev/null' },
        },
      ],
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` },
        },
      ],
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    },
  };
}

function cluster(name: string, path: string, options: unknown): unknown {
  return {
    name,
    type: 'STATIC',
    ...(options === undefined ? {} : { typed_extension_protocol_options: options }),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path } } } }] }],
    },
  };
}
