import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { meshOf, withObjects } from '../../mesh/test-support/mesh.ts';
import { loadAssignment } from '../endpoint/index.ts';
import { Memo } from '../memo.ts';
import { madeClusters } from '../test-support/made-clusters.ts';
import { inputIn } from '../test-support/mesh-input.ts';
import { destinationRule, service, texts } from '../test-support/mesh-text.ts';
import { outboundClusters } from './outbound-clusters.ts';

const HOST = 'reviews.b.svc.cluster.local';
const NAME = `outbound|80||${HOST}`;
const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const UNLIMITED = 4294967295;

function meshConfig(text: string): string {
  return texts({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: text },
  });
}

function serviceEntry(spec: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: b }
spec:
${spec.replace(/^/gm, '  ')}`;
}

describe('the clusters of a sidecar', () => {
  test('are one for each port and one for each subset of it, and two that are always there (SEMANTICS 44)', () => {
    const rule = destinationRule(HOST, 'subsets: [{ name: v1, labels: { version: v1 } }]');
    const yaml = texts(service({ name: 'reviews', ports: ['http:80', 'tcp:81', 'udp-x:82'] }), rule);
    assert.deepEqual(madeClusters(yaml).names, [
      `outbound|80||${HOST}`,
      `outbound|80|v1|${HOST}`,
      `outbound|81||${HOST}`,
      `outbound|81|v1|${HOST}`,
      'BlackHoleCluster',
      'PassthroughCluster',
    ]);
  });

  test('have unlimited circuit breakers and the connect timeout of the mesh (SEMANTICS 12, 11)', () => {
    const { cluster } = madeClusters(service({ name: 'reviews' }));
    const { connectTimeout, circuitBreakers, lbPolicy, commonLbConfig, altStatName } = cluster(NAME);
    assert.equal(connectTimeout, '10s');
    assert.deepEqual(circuitBreakers?.thresholds, [
      {
        maxConnections: UNLIMITED,
        maxPendingRequests: UNLIMITED,
        maxRequests: UNLIMITED,
        maxRetries: UNLIMITED,
        trackRemaining: true,
      },
    ]);
    assert.equal(lbPolicy, 'LEAST_REQUEST');
    assert.deepEqual(commonLbConfig, { healthyPanicThreshold: { value: 0 } });
    assert.equal(altStatName, undefined);
  });

  test('name the DestinationRule that they come from, and their service', () => {
    const rule = destinationRule(HOST, 'subsets: [{ name: v1, labels: { version: v1 } }]');
    const { cluster } = madeClusters(texts(service({ name: 'reviews' }), rule));
    const { istio, weft } = cluster(`outbound|80|v1|${HOST}`).metadata!.filterMetadata!;
    assert.deepEqual(istio, {
      config: '/apis/networking.istio.io/v1/namespaces/b/destination-rule/reviews',
      services: [{ host: HOST, name: 'reviews', namespace: 'b' }],
      default_original_port: 80,
      subset: 'v1',
    });
    assert.deepEqual(weft, {
      sources: [
        { kind: 'DestinationRule', namespace: 'b', name: 'reviews', generation: 1, path: 'spec.subsets[0]' },
        { kind: 'Service', namespace: 'b', name: 'reviews', generation: 1, path: 'spec.ports[0]' },
      ],
    });
  });

  test('are named in statistics as the mesh says', () => {
    const config = meshConfig('outboundClusterStatName: "%SERVICE%_%SERVICE_PORT_NAME%_%SUBSET_NAME%"');
    const { cluster } = madeClusters(texts(config, service({ name: 'reviews' })));
    assert.equal(cluster(NAME).altStatName, 'reviews.b_http_');
  });
});

// SEMANTICS 34, 36
describe('endpoints are found', () => {
  const cases: readonly (readonly [string, string, string, Partial<ClusterJson>])[] = [
    [
      'by EDS for a STATIC entry',
      'resolution: STATIC\nendpoints: [{ address: 192.0.2.1 }]',
      'outbound',
      { type: 'EDS' },
    ],
    [
      'by DNS for all addresses of a name',
      'resolution: DNS\nendpoints: [{ address: db.example.com }]',
      'outbound',
      { type: 'STRICT_DNS', dnsLookupFamily: 'V4_ONLY', dnsRefreshRate: '60s', respectDnsTtl: true },
    ],
    ['by DNS for one address at a time', 'resolution: DNS_ROUND_ROBIN', 'outbound', { type: 'LOGICAL_DNS' }],
    ['by the client for NONE', 'resolution: NONE', 'outbound', { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' }],
  ];
  for (const [what, spec, , expected] of cases) {
    test(what, () => {
      const yaml = serviceEntry(
        `hosts: [ext.example.com]\nports: [{ number: 80, name: http, protocol: HTTP }]\n${spec}`,
      );
      const cluster = madeClusters(yaml).cluster('outbound|80||ext.example.com');
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(cluster[field as keyof ClusterJson], value, field);
      }
    });
  }

  test('by the client for a headless Service, and by EDS on gateways', () => {
    const yaml = service({ name: 'reviews', spec: { clusterIP: 'None' } });
    assert.equal(madeClusters(yaml).cluster(NAME).type, 'ORIGINAL_DST');
    assert.equal(madeClusters(yaml, { type: 'router' }).cluster(NAME).type, 'EDS');
  });

  test('under the name itself when an entry with DNS lists none', () => {
    const yaml = serviceEntry(
      'hosts: [ext.example.com]\nports: [{ number: 443, name: tls, protocol: TLS, targetPort: 8443 }]\nresolution: DNS',
    );
    const { loadAssignment } = madeClusters(yaml).cluster('outbound|443||ext.example.com');
    assert.deepEqual(loadAssignment?.endpoints?.[0]?.lbEndpoints?.[0]?.endpoint, {
      address: { socketAddress: { address: 'ext.example.com', portValue: 8443 } },
    });
  });

  test('for IPv6 when the proxy has nothing else', () => {
    const yaml = serviceEntry(
      'hosts: [ext.example.com]\nports: [{ number: 80, name: http, protocol: HTTP }]\nresolution: DNS',
    );
    const { cluster } = madeClusters(yaml, { addresses: ['fd00::1'] });
    assert.equal(cluster('outbound|80||ext.example.com').dnsLookupFamily, 'V6_ONLY');
  });

  test('at another port of the same address when an entry without endpoints says so', () => {
    const yaml = serviceEntry(
      'hosts: [ext.example.com]\nports: [{ number: 80, name: http, protocol: HTTP, targetPort: 8080 }]\nresolution: NONE',
    );
    const { cluster } = madeClusters(yaml);
    assert.deepEqual(cluster('outbound|80||ext.example.com').originalDstLbConfig, { upstreamPortOverride: 8080 });
  });

  test('nowhere for an alias, nor for names that clients ask for, which is said', () => {
    const alias = service({ name: 'reviews', spec: { type: 'ExternalName', externalName: 'x.example.com' } });
    assert.deepEqual(madeClusters(alias).names, ['BlackHoleCluster', 'PassthroughCluster']);
    const dynamic = serviceEntry(
      'hosts: ["*.example.com"]\nports: [{ number: 80, name: http, protocol: HTTP }]\nresolution: DYNAMIC_DNS',
    );
    const { names, findings } = madeClusters(dynamic);
    assert.deepEqual(names, ['BlackHoleCluster', 'PassthroughCluster']);
    assert.deepEqual(
      findings.map(({ code, path, object }) => [code, path, object.kind]),
      [['UnsupportedField', 'spec.resolution', 'ServiceEntry']],
    );
  });
});

interface PolicyCase {
  readonly what: string;
  readonly policy: string;
  readonly expected: Partial<ClusterJson>;
  /** What our own proxy does not take of it. */
  readonly refusals?: readonly RegExp[];
  readonly port?: string;
  readonly mesh?: string;
}

const NO_EJECTION = /outlier_detection: .*the proxy does not eject hosts that fail yet/;
const NO_WARMUP = /slow_start_config: .*the proxy does not give new hosts their load bit by bit yet/;
const NO_HASHING = /lb_policy: .*the proxy does not keep sessions on hosts by hashing yet/;
const NO_RING = /_lb_config: .*the proxy does not keep sessions on hosts by hashing yet/;

function options(given: object) {
  return { typedExtensionProtocolOptions: { [OPTIONS]: { '@type': `type.googleapis.com/${OPTIONS}`, ...given } } };
}
const HTTP1 = { explicitHttpConfig: { httpProtocolOptions: {} } };
const HTTP2 = { explicitHttpConfig: { http2ProtocolOptions: {} } };
const AS_CLIENT = { useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} } };

const CASES: readonly PolicyCase[] = [
  {
    what: 'limits of connections and requests',
    policy: `connectionPool:
  tcp: { maxConnections: 1, connectTimeout: 1500ms }
  http: { http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRetries: 4 }`,
    expected: {
      connectTimeout: '1.5s',
      circuitBreakers: {
        thresholds: [{ maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4, trackRemaining: true }],
      },
    },
  },
  {
    what: 'how long connections live',
    policy: `connectionPool:
  tcp: { maxConnectionDuration: 1h, idleTimeout: 1m }
  http: { idleTimeout: 30s, maxRequestsPerConnection: 5 }`,
    expected: options({
      commonHttpProtocolOptions: {
        idleTimeout: '30s',
        maxConnectionDuration: '3600s',
        maxRequestsPerConnection: 5,
      },
      ...HTTP1,
    }),
  },
  {
    what: 'the idle timeout of TCP where HTTP has none',
    policy: 'connectionPool: { tcp: { idleTimeout: 1m } }',
    expected: options({ commonHttpProtocolOptions: { idleTimeout: '60s' }, ...HTTP1 }),
  },
  { what: 'HTTP/2 by protocol', policy: 'loadBalancer: {}', port: 'grpc:80', expected: options(HTTP2) },
  {
    what: 'the client’s protocol on ports where it is found out',
    policy: 'loadBalancer: {}',
    port: 'x:80',
    expected: options(AS_CLIENT),
  },
  {
    what: 'the client’s protocol where the rule says so',
    policy: 'connectionPool: { http: { useClientProtocol: true } }',
    expected: options(AS_CLIENT),
  },
  {
    what: 'HTTP/2 where the rule says so, also where the protocol is found out',
    policy: 'connectionPool: { http: { h2UpgradePolicy: UPGRADE } }',
    port: 'x:80',
    expected: options(HTTP2),
  },
  {
    what: 'HTTP/2 where the mesh says so',
    policy: 'loadBalancer: {}',
    mesh: 'h2UpgradePolicy: UPGRADE',
    expected: options(HTTP2),
  },
  {
    what: 'HTTP/1 where the mesh says otherwise and the rule does not want it',
    policy: 'connectionPool: { http: { h2UpgradePolicy: DO_NOT_UPGRADE } }',
    mesh: 'h2UpgradePolicy: UPGRADE',
    expected: { typedExtensionProtocolOptions: undefined },
  },
  {
    what: 'streams and pings of HTTP/2',
    policy: 'connectionPool: { http: { maxConcurrentStreams: 7, http2KeepAlive: { interval: 10s } } }',
    port: 'http2:80',
    expected: options({
      explicitHttpConfig: {
        http2ProtocolOptions: {
          maxConcurrentStreams: 7,
          connectionKeepalive: { interval: '10s', timeout: '20s' },
        },
      },
    }),
  },
  {
    what: 'when idle connections are probed',
    policy: 'connectionPool: { tcp: { tcpKeepalive: { time: 90s } } }',
    expected: { upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 90 } } },
  },
  {
    what: 'when idle connections are probed in the whole mesh',
    policy: 'loadBalancer: {}',
    mesh: 'tcpKeepalive: { time: 2h }',
    expected: { upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 7200 } } },
  },
  {
    what: 'a share of retries',
    policy: 'retryBudget: { percent: 10, minRetryConcurrency: 2 }',
    expected: {
      circuitBreakers: {
        thresholds: [
          {
            maxConnections: UNLIMITED,
            maxPendingRequests: UNLIMITED,
            maxRequests: UNLIMITED,
            maxRetries: UNLIMITED,
            trackRemaining: true,
            retryBudget: { budgetPercent: { value: 10 }, minRetryConcurrency: 2 },
          },
        ],
      },
    },
  },
  // SEMANTICS 20
  { what: 'random choice', policy: 'loadBalancer: { simple: RANDOM }', expected: { lbPolicy: 'RANDOM' } },
  {
    what: 'one after the other',
    policy: 'loadBalancer: { simple: ROUND_ROBIN }',
    expected: { lbPolicy: 'ROUND_ROBIN' },
  },
  {
    what: 'the older name of least request',
    policy: 'loadBalancer: { simple: LEAST_CONN }',
    expected: { lbPolicy: 'LEAST_REQUEST' },
  },
  {
    what: 'no choice at all',
    policy: 'loadBalancer: { simple: PASSTHROUGH }',
    expected: { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', edsClusterConfig: undefined },
  },
  {
    what: 'warm-up',
    policy: 'loadBalancer: { simple: ROUND_ROBIN, warmup: { duration: 1m } }',
    expected: {
      lbPolicy: 'ROUND_ROBIN',
      roundRobinLbConfig: { slowStartConfig: { slowStartWindow: '60s', minWeightPercent: { value: 10 } } },
    },
    refusals: [NO_WARMUP],
  },
  {
    what: 'warm-up by least request, bent',
    policy: 'loadBalancer: { warmup: { duration: 1m, minimumPercent: 20, aggression: 2 } }',
    expected: {
      leastRequestLbConfig: {
        slowStartConfig: {
          slowStartWindow: '60s',
          minWeightPercent: { value: 20 },
          aggression: { defaultValue: 2, runtimeKey: 'weft.warmup.aggression' },
        },
      },
    },
    refusals: [NO_WARMUP],
  },
  {
    what: 'a hash ring',
    policy: 'loadBalancer: { consistentHash: { httpHeaderName: x-user } }',
    expected: { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: '1024' } },
    refusals: [NO_HASHING, NO_RING],
  },
  {
    what: 'a larger hash ring',
    policy: 'loadBalancer: { consistentHash: { useSourceIp: true, ringHash: { minimumRingSize: 2048 } } }',
    expected: { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: '2048' } },
    refusals: [NO_HASHING, NO_RING],
  },
  {
    what: 'Maglev',
    policy: 'loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 257 } } }',
    expected: { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '257' } },
    refusals: [NO_HASHING, NO_RING],
  },
  // SEMANTICS 21
  {
    what: 'weights of localities where shares are given',
    policy: 'loadBalancer: { localityLbSetting: { distribute: [{ from: r/*, to: { r/*: 100 } }] } }',
    expected: { commonLbConfig: { healthyPanicThreshold: { value: 0 }, localityWeightedLbConfig: {} } },
  },
  // SEMANTICS 22
  {
    what: 'outlier detection without comparing endpoints',
    policy: `outlierDetection:
  consecutive5xxErrors: 7
  consecutiveGatewayErrors: 0
  interval: 5s
  baseEjectionTime: 1m
  maxEjectionPercent: 50`,
    expected: {
      outlierDetection: {
        consecutive5xx: 7,
        enforcingConsecutive5xx: 100,
        consecutiveGatewayFailure: 0,
        enforcingConsecutiveGatewayFailure: 0,
        interval: '5s',
        baseEjectionTime: '60s',
        maxEjectionPercent: 50,
        enforcingSuccessRate: 0,
      },
      commonLbConfig: { healthyPanicThreshold: { value: 0 } },
    },
    refusals: [NO_EJECTION],
  },
  {
    what: 'failures to connect, counted apart',
    policy: 'outlierDetection: { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 }',
    expected: {
      outlierDetection: {
        enforcingSuccessRate: 0,
        splitExternalLocalOriginErrors: true,
        enforcingLocalOriginSuccessRate: 0,
        consecutiveLocalOriginFailure: 3,
        enforcingConsecutiveLocalOriginFailure: 100,
      },
    },
    refusals: [NO_EJECTION],
  },
  {
    what: 'the share below which health no longer counts',
    policy: 'outlierDetection: { minHealthPercent: 30 }',
    expected: { commonLbConfig: { healthyPanicThreshold: { value: 30 } } },
    refusals: [NO_EJECTION],
  },
];

describe('a traffic policy says', () => {
  for (const { what, policy, expected, refusals = [], port = 'http:80', mesh } of CASES) {
    test(what, () => {
      const rule = destinationRule(HOST, `trafficPolicy:\n${policy.replace(/^/gm, '  ')}`);
      const config = mesh === undefined ? [] : [meshConfig(mesh)];
      const yaml = texts(...config, service({ name: 'reviews', ports: [port] }), rule);
      const cluster = madeClusters(yaml, {}, refusals).cluster(NAME);
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(cluster[field as keyof ClusterJson], value, field);
      }
    });
  }

  test('what is not done, which is said', () => {
    const rule = destinationRule(
      HOST,
      `trafficPolicy:
  connectionPool: { tcp: { tcpKeepalive: { probes: 3 } }, http: { http2KeepAlive: { timeout: 1s } } }
  loadBalancer: { zoneAwareLbSetting: { enabled: true } }
  tunnel: { targetHost: proxy.example.com, targetPort: 3128 }`,
    );
    const { findings } = madeClusters(texts(service({ name: 'reviews' }), rule));
    assert.deepEqual(
      findings.map(({ path }) => path),
      [
        'spec.trafficPolicy.tunnel',
        'spec.trafficPolicy.loadBalancer.zoneAwareLbSetting',
        'spec.trafficPolicy.connectionPool.http.http2KeepAlive.timeout',
        'spec.trafficPolicy.connectionPool.tcp.tcpKeepalive.probes',
      ],
    );
  });

  test('that requests of sessions reach endpoints that drain, when the Service has sessions', () => {
    const { cluster } = madeClusters(service({ name: 'reviews', labels: { 'istio.io/persistent-session': 'id' } }));
    assert.deepEqual(cluster(NAME).commonLbConfig?.overrideHostStatus, {
      statuses: ['HEALTHY', 'DRAINING', 'UNKNOWN', 'DEGRADED'],
    });
  });
});

describe('clusters are shared', () => {
  const rule = destinationRule(HOST, 'trafficPolicy: { loadBalancer: { simple: RANDOM } }');
  const one = service({ name: 'reviews', endpoints: [{ address: '10.1.0.1' }] });
  const two = service({ name: 'reviews', endpoints: [{ address: '10.1.0.1' }, { address: '10.1.0.2' }] });

  test('by proxies that see the same, and outlive changes of endpoints and of other services', () => {
    const memo = new Memo();
    const before = meshOf(texts(one, rule));
    const first = outboundClusters(inputIn(before, { id: 'x.a' }, memo), []);
    const second = outboundClusters(
      inputIn(before, { id: 'y.a', locality: { region: 'r', zone: '', subzone: '' } }, memo),
      [],
    );
    assert.equal(first, second);
    const after = withObjects(before, texts(two, service({ name: 'other' })));
    const third = outboundClusters(inputIn(after, { id: 'x.a' }, memo), []);
    assert.equal(
      third.find(({ name }) => name === NAME),
      first.find(({ name }) => name === NAME),
    );
    assert.equal(third.length, first.length + 1);
  });

  test('but not by proxies for which the namespace has a rule of their own (SEMANTICS 15)', () => {
    const own = destinationRule(
      HOST,
      'workloadSelector: { matchLabels: { app: client } }\ntrafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }',
      'own',
    );
    const snapshot = meshOf(texts(one, rule, own));
    const memo = new Memo();
    const labelled: readonly Readonly<Record<string, string>>[] = [{ app: 'client' }, {}];
    const policies = labelled.map((labels) => {
      const clusters = outboundClusters(inputIn(snapshot, { namespace: 'b', labels }, memo), []);
      return clusters.find(({ name }) => name === NAME)?.lbPolicy;
    });
    assert.deepEqual(policies, ['ROUND_ROBIN', 'RANDOM']);
  });
});

test('clusters do not depend on the order in which objects came', () => {
  const named = (name: string, second: number) => {
    const own = `${name}.b.svc.cluster.local`;
    const rule = destinationRule(own, 'subsets: [{ name: v1, labels: { version: v1 } }]', name);
    return texts(service({ name, endpoints: [{ address: `10.1.0.${second}` }, { address: '10.1.0.99' }] }), rule);
  };
  const parts = ['b', 'a', 'd', 'c', 'f', 'e'].map(named);
  const made = (order: readonly string[]) => {
    let snapshot = meshOf('');
    for (const part of order) snapshot = withObjects(snapshot, part);
    const input = inputIn(snapshot);
    const clusters = outboundClusters(input, []);
    return [clusters, clusters.map(({ name }) => loadAssignment(input, name!))];
  };
  assert.deepEqual(made(parts), made(parts.toReversed()));
});
