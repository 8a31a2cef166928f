import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { FieldPath, formatIssue, validateSchema } from '../../schema/index.ts';
import { arbitraryValue, withoutRules } from '../../test-support/arbitrary-value.ts';
import { EXTENSION_PROVIDER_TYPES } from './extension-provider.ts';
import { MESH_CONFIG_DEFAULTS, meshConfig } from './mesh-config.ts';
import { parseMeshConfig, parseMeshNetworks, parseProxyConfig } from './parse-mesh-config.ts';
import { PROXY_CONFIG_DEFAULTS } from './proxy-config.ts';

const read = (yaml: string) => parseMeshConfig(parse(yaml));
const errorsOf = (yaml: string) => read(yaml).issues.map(formatIssue);
const warningsOf = (yaml: string) => read(yaml).warnings;

describe('defaults', () => {
  test('nothing said is the default, and the default is sound', () => {
    for (const given of [{}, null, undefined]) {
      const { config, issues, warnings, unknownFields } = parseMeshConfig(given);
      assert.deepEqual(config, MESH_CONFIG_DEFAULTS);
      assert.deepEqual({ issues, warnings, unknownFields }, { issues: [], warnings: [], unknownFields: [] });
    }
    assert.deepEqual(validateSchema(meshConfig, MESH_CONFIG_DEFAULTS).issues, []);
  });

  test('what is set replaces the default', () => {
    const { config } = read('{connectTimeout: 2s, defaultServiceExportTo: ["."], accessLogFile: /dev/stdout}');
    assert.equal(config.connectTimeout, '2s');
    assert.deepEqual(config.defaultServiceExportTo, ['.']);
    assert.equal(config.accessLogFile, '/dev/stdout');
    assert.equal(config.trustDomain, 'cluster.local');
  });

  test('objects that have defaults are joined', () => {
    const { config } = read('{outboundTrafficPolicy: {}, localityLbSetting: {failover: [{from: a, to: b}]}}');
    assert.deepEqual(config.outboundTrafficPolicy, { mode: 'ALLOW_ANY' });
    assert.deepEqual(config.localityLbSetting, { enabled: true, failover: [{ from: 'a', to: 'b' }] });
  });

  test('providers are joined by name, and aliases are a sorted set', () => {
    const { config } = read(
      '{extensionProviders: [{name: envoy, envoyFileAccessLog: {path: /tmp/log}}, {name: otel, opentelemetry: {service: a.b, port: 4317}}], trustDomainAliases: [b, a, b]}',
    );
    assert.deepEqual(
      config.extensionProviders?.map((provider) => provider.name),
      ['prometheus', 'stackdriver', 'envoy', 'otel'],
    );
    assert.deepEqual(config.extensionProviders?.[2], { name: 'envoy', envoyFileAccessLog: { path: '/tmp/log' } });
    assert.deepEqual(config.trustDomainAliases, ['a', 'b']);
  });

  test('settings of proxies are joined field by field, their environment by name', () => {
    const { config } = read('{defaultConfig: {proxyMetadata: {A: b}, concurrency: 4}}');
    assert.equal(config.defaultConfig?.discoveryAddress, 'istiod.istio-system.svc:15012');
    assert.equal(config.defaultConfig?.concurrency, 4);
    const pod = parseProxyConfig({ proxyMetadata: { C: 'd' }, concurrency: 1 }, config.defaultConfig);
    assert.deepEqual(pod.config.proxyMetadata, { A: 'b', C: 'd' });
    assert.equal(pod.config.concurrency, 1);
    assert.deepEqual(pod.issues, []);
  });

  test('a way of naming the service drives out the other', () => {
    const { config, issues } = parseProxyConfig({ tracingServiceName: 'CANONICAL_NAME_ONLY' });
    assert.equal(config.serviceCluster, undefined);
    assert.deepEqual(issues, []);
    assert.equal(parseProxyConfig({ serviceCluster: 'a' }, config).config.tracingServiceName, undefined);
  });

  test('neither the given configuration nor the defaults are changed or shared', () => {
    const given = { trustDomainAliases: ['b', 'a'], defaultConfig: { proxyMetadata: { A: 'b' } } };
    const before = structuredClone(given);
    const { config } = parseMeshConfig(given);
    config.defaultServiceExportTo!.push('x');
    config.defaultConfig!.proxyMetadata!['B'] = 'c';
    assert.deepEqual(given, before);
    assert.deepEqual(MESH_CONFIG_DEFAULTS.defaultServiceExportTo, ['*']);
    assert.deepEqual(PROXY_CONFIG_DEFAULTS.proxyMetadata, {});
  });
});

test('unknown fields are named and left out', () => {
  const parsed = parseMeshConfig(
    { outboundTrafficPolicy: { modus: 'x' }, mixer: true },
    FieldPath.root.child('spec', 'meshConfig'),
  );
  assert.deepEqual(parsed.unknownFields, ['spec.meshConfig.outboundTrafficPolicy.modus', 'spec.meshConfig.mixer']);
  assert.ok(!('mixer' in parsed.config));
});

test('a wrong structure leaves the defaults', () => {
  for (const [given, error] of [
    ['x', '<nil>: Invalid value: "string": the object must be of type object: "string"'],
    [
      { connectTimeout: 3 },
      'connectTimeout: Invalid value: "integer": connectTimeout in body must be of type string: "integer"',
    ],
    [{ accessLogEncoding: 'XML' }, 'accessLogEncoding: Unsupported value: "XML": supported values: "TEXT", "JSON"'],
  ] as const) {
    const { config, issues } = parseMeshConfig(given);
    assert.deepEqual(issues.map(formatIssue), [error]);
    assert.deepEqual(config, MESH_CONFIG_DEFAULTS);
  }
});

test('rules of the mesh', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['{proxyListenPort: 0}', ['proxyListenPort: Invalid value: 0: port number 0 must be in the range 1..65535']],
    ['{connectTimeout: 31s}', ['connectTimeout: Invalid value: "31s": must be from 1ms to 30s']],
    ['{connectTimeout: 10us}', ['connectTimeout: Invalid value: "string": must be a valid duration greater than 1ms']],
    [
      '{trustDomain: "a_b", trustDomainAliases: [""]}',
      [
        'trustDomain: Invalid value: "a_b": trust domain name invalid: it must be labels of letters, digits and "-"',
        'trustDomainAliases[0]: Required value: empty domain name not allowed',
      ],
    ],
    ['{trustDomain: "a.b."}', []],
    [
      '{serviceSettings: [{settings: {clusterLocal: true}, hosts: ["*.a.b", "a_b.c"]}]}',
      ['serviceSettings[0].hosts[1]: Invalid value: "a_b.c": domain name "a_b.c" invalid (label "a_b" invalid)'],
    ],
    [
      '{meshMTLS: {ecdhCurves: [P-256]}}',
      ['meshMTLS.ecdhCurves: Forbidden: mesh TLS does not support ECDH curves configuration'],
    ],
    [
      '{localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}',
      ['localityLbSetting.distribute[0].to: Invalid value: 50: total locality weight 50 != 100'],
    ],
    [
      '{discoverySelectors: [{matchExpressions: [{key: a, operator: Like}]}]}',
      ['discoverySelectors[0].matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
    ],
    ['{ca: {address: "ca"}}', ['ca.address: Invalid value: "ca": must be host:port']],
    [
      '{defaultHttpRetryPolicy: {attempts: -1}}',
      ['defaultHttpRetryPolicy.attempts: Invalid value: -1: attempts cannot be negative'],
    ],
  ];
  for (const [yaml, errors] of rows) assert.deepEqual(errorsOf(yaml), errors, yaml);
});

test('rules of proxies', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [
      '{configPath: "", binaryPath: ""}',
      [
        'defaultConfig.configPath: Required value: config path must be set',
        'defaultConfig.binaryPath: Required value: binary path must be set',
      ],
    ],
    [
      '{drainDuration: 1500ms}',
      ['defaultConfig.drainDuration: Invalid value: "1500ms": only durations to seconds precision are supported'],
    ],
    ['{drainDuration: 2h}', ['defaultConfig.drainDuration: Invalid value: "2h": drain time must be from 1s to 1h']],
    ['{discoveryAddress: istiod}', ['defaultConfig.discoveryAddress: Invalid value: "istiod": must be host:port']],
    ['{discoveryAddress: "[::1]:15012"}', []],
    [
      '{statsdUdpAddress: "a:99999"}',
      ['defaultConfig.statsdUdpAddress: Invalid value: "a:99999": port "99999" must be in the range 1..65535'],
    ],
    [
      '{statusPort: 70000}',
      ['defaultConfig.statusPort: Invalid value: 70000: port number 70000 must be in the range 1..65535'],
    ],
    ['{tracing: {zipkin: {address: "$(HOST_IP):9411"}}}', []],
    [
      '{tracing: {lightstep: {address: "a:1"}}}',
      ['defaultConfig.tracing.lightstep.accessToken: Required value: access token is required'],
    ],
    [
      '{tracing: {zipkin: {address: "a:1"}, datadog: {address: "a:1"}}}',
      [
        'defaultConfig.tracing: Invalid value: "object": only one of zipkin, lightstep, datadog, stackdriver and openCensusAgent may be set, found zipkin and datadog',
      ],
    ],
    [
      '{privateKeyProvider: {qat: {}}}',
      ['defaultConfig.privateKeyProvider.qat.pollDelay: Required value: pollDelay is required'],
    ],
    [
      '{controlPlaneAuthPolicy: INHERIT}',
      ['defaultConfig.controlPlaneAuthPolicy: Unsupported value: "INHERIT": supported values: "NONE", "MUTUAL_TLS"'],
    ],
  ];
  for (const [yaml, errors] of rows) assert.deepEqual(errorsOf(`{defaultConfig: ${yaml}}`), errors, yaml);
});

describe('extension providers', () => {
  const provider = (text: string) => `{extensionProviders: [{name: x, ${text}}]}`;
  const unusable = ' (the provider cannot be used)';

  test('every type is known', () => {
    const settings: Readonly<Record<string, unknown>> = {
      prometheus: {},
      stackdriver: {},
      envoyFileAccessLog: { path: '/dev/stdout', logFormat: { labels: { a: { b: '%C%' } } } },
      lightstep: { service: 'ns/a.b', port: 1, accessToken: 't' },
      sds: { name: 'n', service: 'a.b', port: 1 },
      opentelemetry: { service: 'a.b', port: 1, http: { path: '/v1' }, resourceDetectors: { environment: {} } },
    };
    for (const type of EXTENSION_PROVIDER_TYPES) {
      const given = { extensionProviders: [{ name: 'x', [type]: settings[type] ?? { service: 'a.b', port: 80 } }] };
      const { issues, warnings, unknownFields } = parseMeshConfig(given);
      assert.deepEqual({ issues, warnings, unknownFields }, { issues: [], warnings: [], unknownFields: [] }, type);
    }
  });

  test('a bad provider is a warning, as only those who name it are harmed', () => {
    const at = 'extensionProviders[3]';
    assert.deepEqual(warningsOf(provider('zipkin: {service: "a/b/c", port: 0}')), [
      `${at}.zipkin.service: Invalid value: "a/b/c": domain name "b/c" invalid (label "b/c" invalid)${unusable}`,
      `${at}.zipkin.port: Invalid value: 0: port number 0 must be in the range 1..65535${unusable}`,
    ]);
    assert.deepEqual(
      warningsOf(provider('envoyExtAuthzHttp: {service: a.b, port: 1, pathPrefix: x, statusOnError: "9"}')),
      [
        `${at}.envoyExtAuthzHttp.statusOnError: Invalid value: "9": must be an HTTP status${unusable}`,
        `${at}.envoyExtAuthzHttp.pathPrefix: Invalid value: "x": pathPrefix should begin with \`/\`${unusable}`,
      ],
    );
    assert.match(warningsOf('{extensionProviders: [{name: x}]}')[0] ?? '', /one of envoyExtAuthzHttp, .* must be set/);
  });

  test('two types in one provider are refused', () => {
    assert.match(errorsOf(provider('prometheus: {}, stackdriver: {}'))[0] ?? '', /found stackdriver and prometheus$/);
  });
});

test('networks', () => {
  const networks = (yaml: string) => parseMeshNetworks(parse(yaml)).issues.map(formatIssue);
  assert.deepEqual(parseMeshNetworks(undefined).config, { networks: {} });
  assert.deepEqual(
    networks(
      '{networks: {n1: {endpoints: [{fromRegistry: cluster1}, {fromCidr: 10.0.0.0/8}], gateways: [{address: 1.2.3.4, port: 15443}, {registryServiceName: gw.istio-system.svc.cluster.local, port: 15443, locality: a/b}]}}}',
    ),
    [],
  );
  assert.deepEqual(
    networks(
      '{networks: {n1: {endpoints: [{}, {fromCidr: x}, {fromRegistry: a_b}], gateways: [{port: 1}, {address: a_b, port: 0}]}}}',
    ),
    [
      'networks[n1].endpoints[0]: Required value: one of fromCidr or fromRegistry must be set',
      'networks[n1].endpoints[1].fromCidr: Invalid value: "x": x is not a valid CIDR block',
      'networks[n1].endpoints[2].fromRegistry: Invalid value: "a_b": invalid registry name: a_b',
      'networks[n1].gateways[0]: Required value: one of registryServiceName or address must be set',
      'networks[n1].gateways[1].address: Invalid value: "a_b": domain name "a_b" invalid (label "a_b" invalid)',
      'networks[n1].gateways[1].port: Invalid value: 0: port number 0 must be in the range 1..65535',
    ],
  );
});

test('whatever is given, reading ends with a configuration', () => {
  const sound = arbitraryValue(withoutRules(meshConfig), { maxItems: 2, maxDepth: 5 });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), sound), (given) => {
      assert.equal(typeof parseMeshConfig(given).config.trustDomain, 'string');
    }),
    { numRuns: 200 },
  );
});
