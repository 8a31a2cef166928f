import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { HttpConnectionManagerJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import { compiled } from '../test-support/compile.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { DEFAULT_TEXT_FORMAT } from './access-logs.ts';
import { type HttpManagerOptions, httpManager } from './http-manager.ts';
import { traitsOf } from './proxy-traits.ts';

/** The settings of the mesh, metadata of the proxy, what the manager is for, and what it gets. */
interface Row {
  readonly name: string;
  readonly mesh?: object;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<HttpManagerOptions>;
  readonly expected: HttpConnectionManagerJson;
}

const LOG = { name: 'envoy.access_loggers.file' };

const ROWS: readonly Row[] = [
  {
    name: 'of a sidecar for what is sent',
    expected: {
      codecType: 'AUTO',
      rds: { routeConfigName: '80', configSource: { ads: {}, initialFetchTimeout: '0s', resourceApiVersion: 'V3' } },
      useRemoteAddress: false,
      serverName: 'istio-envoy',
      streamIdleTimeout: '0s',
      proxy100Continue: true,
      upgradeConfigs: [{ upgradeType: 'websocket' }],
      httpFilters: ['grpc_stats', 'fault', 'cors', 'router'].map((name) => ({ name: `envoy.filters.http.${name}` })),
    },
  },
  { name: 'SEMANTICS 31: paths as RFC 3986 says', expected: { normalizePath: true } },
  {
    name: 'paths as they are',
    mesh: { pathNormalization: { normalization: 'NONE' } },
    expected: { normalizePath: false },
  },
  {
    name: 'paths as far as it goes',
    mesh: { pathNormalization: { normalization: 'DECODE_AND_MERGE_SLASHES' } },
    expected: { normalizePath: true, mergeSlashes: true, pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD' },
  },
  {
    name: 'of a sidecar for what is received: who the client is',
    options: { side: 'inbound', protocol: 'GRPC' },
    expected: {
      forwardClientCertDetails: 'APPEND_FORWARD',
      setCurrentClientCertDetails: { subject: true, uri: true, dns: true },
      http2ProtocolOptions: {},
    },
  },
  {
    name: 'headers that users switch off, or want otherwise',
    options: { side: 'inbound' },
    metadata: {
      PROXY_CONFIG: {
        proxyHeaders: {
          forwardedClientCert: 'SANITIZE_SET',
          setCurrentClientCertDetails: { cert: true, dns: false },
          requestId: { disabled: true },
          server: { value: 'mine' },
          envoyDebugHeaders: { disabled: true },
          preserveHttp1HeaderCase: true,
          xForwardedPort: { enabled: true },
        },
      },
    },
    expected: {
      forwardClientCertDetails: 'SANITIZE_SET',
      setCurrentClientCertDetails: { subject: true, uri: true, dns: false, cert: true },
      generateRequestId: false,
      appendXForwardedPort: true,
      serverName: 'mine',
      httpProtocolOptions: { headerKeyFormat: { statefulFormatter: { name: 'preserve_case' } } },
    },
  },
  {
    name: 'what is said of the proxy',
    metadata: { HTTP10: '1', IDLE_TIMEOUT: '1m30s' },
    expected: { httpProtocolOptions: { acceptHttp10: true }, commonHttpProtocolOptions: { idleTimeout: '90s' } },
  },
  {
    name: 'gRPC for browsers',
    options: { side: 'gateway', protocol: 'GRPC-WEB' },
    expected: { useRemoteAddress: true, httpFilters: [{ name: 'envoy.filters.http.grpc_web' }] },
  },
  {
    name: 'logs in the usual form',
    mesh: { accessLogFile: '/dev/stdout' },
    expected: {
      accessLog: [
        {
          ...LOG,
          typedConfig: {
            '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
            path: '/dev/stdout',
            logFormat: { textFormatSource: { inlineString: DEFAULT_TEXT_FORMAT } },
          } as never,
        },
      ],
    },
  },
  {
    name: 'logs in an own form, and its operators',
    mesh: { accessLogFile: '/a.log', accessLogFormat: '%REQ_WITHOUT_QUERY(:PATH)%' },
    expected: {
      accessLog: [
        {
          ...LOG,
          typedConfig: {
            '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
            logFormat: {
              textFormatSource: { inlineString: '%REQ_WITHOUT_QUERY(:PATH)%\n' },
              formatters: [{ name: 'envoy.formatter.req_without_query' }],
            },
          } as never,
        },
      ],
    },
  },
  {
    name: 'logs as JSON',
    mesh: { accessLogFile: '/a.log', accessLogEncoding: 'JSON', accessLogFormat: '{ "path": "%REQ(:PATH)%" }' },
    expected: {
      accessLog: [
        {
          ...LOG,
          typedConfig: {
            '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
            logFormat: { jsonFormat: { path: '%REQ(:PATH)%' } },
          } as never,
        },
      ],
    },
  },
];

for (const { name, mesh = {}, metadata = {}, options = {}, expected } of ROWS) {
  test(`a connection manager ${name}`, () => {
    const config = JSON.stringify(mesh);
    const yaml = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: '${config}' }`;
    const input = inputOf(yaml, { proxy: { metadata } });
    const traits = traitsOf(input.proxy, input.snapshot.settings);
    const filter = httpManager(input, traits, {
      side: 'outbound',
      statPrefix: 'x',
      routes: '80',
      protocol: 'HTTP',
      ...options,
    });
    const { typedConfig } = compiledFilter(filter);
    assert.partialDeepStrictEqual(typedConfig, expected);
  });
}

/** The filter, when our proxy takes it. */
function compiledFilter(filter: FilterJson): FilterJson {
  const address = { socketAddress: { address: '127.0.0.1', portValue: 80 } };
  compiled('envoy.config.listener.v3.Listener', { name: 'x', address, filterChains: [{ filters: [filter] }] });
  return filter;
}
