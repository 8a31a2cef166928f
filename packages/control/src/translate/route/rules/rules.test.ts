import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { parse, stringify } from 'yaml';
import type { Finding } from '../../../mesh/model/index.ts';
import { compiled } from '../../test-support/compile.ts';
import { inputOf } from '../../test-support/mesh-input.ts';
import { outboundRoutes } from '../outbound/outbound-routes.ts';

interface Around {
  /** Fields of the loadBalancer of the DestinationRule, and of a subset v1. */
  readonly loadBalancer?: string;
  readonly subset?: string;
  readonly ports?: string;
  /** MeshConfig. */
  readonly mesh?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: a }
spec: { clusterIP: 10.0.0.1, ports: [{ name: http, port: 80 }, { name: http-2, port: 81 }] }
`;

function objectsFor(rule: object | undefined, { loadBalancer, subset, ports, mesh }: Around): string {
  const objects: string[] = [SERVICE];
  if (rule !== undefined) {
    objects.push(
      stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'web', namespace: 'a' },
        spec: { hosts: ['web'], http: [rule] },
      }),
    );
  }
  const balancer = (text: string) => ({ loadBalancer: parse(text) as unknown });
  if (loadBalancer !== undefined || subset !== undefined || ports !== undefined) {
    const trafficPolicy = {
      ...(loadBalancer === undefined ? {} : balancer(loadBalancer)),
      ...(ports === undefined ? {} : { portLevelSettings: [{ port: { number: 80 }, ...balancer(ports) }] }),
    };
    const subsets = [
      { name: 'v1', labels: { v: '1' }, ...(subset === undefined ? {} : { trafficPolicy: balancer(subset) }) },
    ];
    objects.push(
      stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'web', namespace: 'a' },
        spec: { host: 'web', trafficPolicy, subsets },
      }),
    );
  }
  if (mesh !== undefined) {
    objects.push(
      stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio', namespace: 'istio-system' },
        data: { mesh },
      }),
    );
  }
  return objects.join('\n---\n');
}

/** The route that a rule for service `web` becomes, checked by our proxy; without one the default route. */
function routeOf(rule: string | undefined, around: Around = {}): RouteJson {
  const yaml = objectsFor(rule === undefined ? undefined : (parse(rule) as object), around);
  const { metadata = {} } = around;
  const findings: Finding[] = [];
  const config = outboundRoutes(inputOf(yaml, { proxy: { namespace: 'a', metadata } }), '80', findings);
  assert.deepEqual(findings, []);
  compiled('envoy.config.route.v3.RouteConfiguration', config);
  const host = config.virtualHosts?.find(({ name }) => name === 'web.a.svc.cluster.local:80');
  assert.equal(host?.routes?.length, 1);
  return host.routes[0]!;
}

const PREVIOUS_HOSTS = [
  {
    name: 'envoy.retry_host_predicates.previous_hosts',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    },
  },
];
const DEFAULT_RETRY = {
  numRetries: 2,
  retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
  hostSelectionRetryMaxAttempts: '5',
  retryHostPredicate: PREVIOUS_HOSTS,
};
const TO_WEB = 'route: [{ destination: { host: web } }]';

test('a service without rules gets the default route (SEMANTICS 10, 11)', () => {
  assert.deepEqual(routeOf(undefined), {
    name: 'default',
    match: { prefix: '/' },
    decorator: { operation: 'web.a.svc.cluster.local:80/*' },
    metadata: {
      filterMetadata: {
        weft: { sources: [{ kind: 'Service', namespace: 'a', name: 'web', generation: 1, path: 'spec.ports[0]' }] },
      },
    },
    route: {
      cluster: 'outbound|80||web.a.svc.cluster.local',
      timeout: '0s',
      maxGrpcTimeout: '0s',
      retryPolicy: DEFAULT_RETRY,
    },
  });
});

test('a rule names itself, its object, and what it leads to', () => {
  const route = routeOf(
    `{ name: main, match: [{ name: api, statPrefix: api, uri: { exact: /api } }], timeout: 1m30s, ${TO_WEB} }`,
  );
  assert.deepEqual(route, {
    name: 'main.api',
    match: { path: '/api', caseSensitive: true },
    statPrefix: 'api',
    decorator: { operation: 'web.a.svc.cluster.local:80/api' },
    metadata: {
      filterMetadata: {
        istio: { config: '/apis/networking.istio.io/v1/namespaces/a/virtual-service/web' },
        weft: {
          sources: [{ kind: 'VirtualService', namespace: 'a', name: 'web', generation: 1, path: 'spec.http[0]' }],
        },
      },
    },
    route: {
      cluster: 'outbound|80||web.a.svc.cluster.local',
      timeout: '90s',
      maxGrpcTimeout: '90s',
      retryPolicy: DEFAULT_RETRY,
    },
  });
});

test('when requests are tried again (SEMANTICS 10)', () => {
  const table: readonly [string, object | undefined, Around?][] = [
    ['attempts: 0', undefined],
    ['attempts: 4', { ...DEFAULT_RETRY, numRetries: 4 }],
    [
      'attempts: 1, retryOn: "5xx,503,reset"',
      { ...DEFAULT_RETRY, numRetries: 1, retryOn: '5xx,reset,retriable-status-codes', retriableStatusCodes: [503] },
    ],
    [
      'attempts: 1, retryOn: "retriable-status-codes,429"',
      { ...DEFAULT_RETRY, numRetries: 1, retryOn: 'retriable-status-codes', retriableStatusCodes: [429] },
    ],
    [
      'attempts: 1, perTryTimeout: 250ms, backoff: 1s',
      { ...DEFAULT_RETRY, numRetries: 1, perTryTimeout: '0.25s', retryBackOff: { baseInterval: '1s' } },
    ],
    [
      'attempts: 1, retryIgnorePreviousHosts: false',
      without({ ...DEFAULT_RETRY, numRetries: 1 }, 'retryHostPredicate'),
    ],
    // A retry goes where the hash leads, unless the user wants otherwise.
    [
      'attempts: 1',
      without({ ...DEFAULT_RETRY, numRetries: 1 }, 'retryHostPredicate'),
      { loadBalancer: '{ consistentHash: { httpHeaderName: x-user } }' },
    ],
    [
      'attempts: 1, retryIgnorePreviousHosts: true',
      { ...DEFAULT_RETRY, numRetries: 1 },
      { loadBalancer: '{ consistentHash: { httpHeaderName: x-user } }' },
    ],
  ];
  for (const [retries, expected, around] of table) {
    assert.deepEqual(routeOf(`{ retries: { ${retries} }, ${TO_WEB} }`, around).route?.retryPolicy, expected, retries);
  }
});

test('the mesh says what happens without retries of a rule (SEMANTICS 10)', () => {
  const mesh = 'defaultHttpRetryPolicy: { attempts: 7, retryOn: 5xx }';
  const expected = { ...DEFAULT_RETRY, numRetries: 7, retryOn: '5xx' };
  assert.deepEqual(routeOf(`{ ${TO_WEB} }`, { mesh }).route?.retryPolicy, expected);
  assert.deepEqual(routeOf(undefined, { mesh }).route?.retryPolicy, expected);
  assert.equal(routeOf(undefined, { mesh: 'defaultHttpRetryPolicy: { attempts: 0 }' }).route?.retryPolicy, undefined);
  assert.equal(routeOf(`{ retries: { attempts: 1 }, ${TO_WEB} }`, { mesh }).route?.retryPolicy?.numRetries, 1);
});

function without(record: object, field: string): object {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== field));
}

test('faults are configuration of the filter for the route', () => {
  const table: readonly [string, object | undefined][] = [
    [
      'delay: { fixedDelay: 7s, percentage: { value: 0.1 } }',
      { delay: { fixedDelay: '7s', percentage: { numerator: 1000, denominator: 'MILLION' } } },
    ],
    ['delay: { fixedDelay: 7s, percent: 5 }', { delay: { fixedDelay: '7s', percentage: { numerator: 5 } } }],
    [
      'abort: { httpStatus: 555, percentage: { value: 100 } }',
      { abort: { httpStatus: 555, percentage: { numerator: 1_000_000, denominator: 'MILLION' } } },
    ],
    // Without a percentage no request is aborted.
    [
      'abort: { grpcStatus: UNAVAILABLE }',
      { abort: { grpcStatus: 14, percentage: { numerator: 0, denominator: 'MILLION' } } },
    ],
    ['delay: { percentage: { value: 1 } }', undefined],
  ];
  for (const [fault, expected] of table) {
    const json = routeOf(`{ fault: { ${fault} }, ${TO_WEB} }`).typedPerFilterConfig?.['envoy.filters.http.fault'];
    const type = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault';
    assert.deepEqual(json, expected && { '@type': type, ...expected }, fault);
  }
});

test('CORS policies are configuration of the filter for the route', () => {
  const always = { filterEnabled: { defaultValue: { numerator: 100 } } };
  const table: readonly [string, object][] = [
    [
      'allowOrigins: [{ exact: "https://a.example" }, { regex: ".*b" }], allowMethods: [GET, PUT], allowHeaders: [x-a, x-b], exposeHeaders: [x-c], maxAge: 24h, allowCredentials: true',
      {
        allowOriginStringMatch: [{ exact: 'https://a.example' }, { safeRegex: { regex: '.*b' } }],
        allowMethods: 'GET,PUT',
        allowHeaders: 'x-a,x-b',
        exposeHeaders: 'x-c',
        maxAge: '86400',
        allowCredentials: true,
        ...always,
        forwardNotMatchingPreflights: true,
      },
    ],
    [
      'allowOrigin: ["*"], unmatchedPreflights: IGNORE',
      { allowOriginStringMatch: [{ exact: '*' }], ...always, forwardNotMatchingPreflights: false },
    ],
  ];
  for (const [cors, expected] of table) {
    const json = routeOf(`{ corsPolicy: { ${cors} }, ${TO_WEB} }`).typedPerFilterConfig?.['envoy.filters.http.cors'];
    const type = 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy';
    assert.deepEqual(json, { '@type': type, ...expected }, cors);
  }
});

test('headers of a rule change before those of its destination; hosts are no headers', () => {
  const route = routeOf(`
headers:
  request: { set: { x-b: '2', x-a: '1', Host: set.example }, add: { x-c: '3' }, remove: [x-d] }
  response: { set: { x-e: '5' }, remove: [x-f] }
route:
- destination: { host: web }
  headers: { request: { add: { x-g: '7' } }, response: { remove: [x-h] } }
`);
  const set = (key: string, value: string) => ({ header: { key, value }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' });
  const add = (key: string, value: string) => ({ header: { key, value }, appendAction: 'APPEND_IF_EXISTS_OR_ADD' });
  assert.deepEqual(route.requestHeadersToAdd, [set('x-a', '1'), set('x-b', '2'), add('x-c', '3'), add('x-g', '7')]);
  assert.deepEqual(route.requestHeadersToRemove, ['x-d']);
  assert.deepEqual(route.responseHeadersToAdd, [set('x-e', '5')]);
  assert.deepEqual(route.responseHeadersToRemove, ['x-f', 'x-h']);
  assert.equal(route.route?.hostRewriteLiteral, 'set.example');
});

test('headers of weighted destinations stay with them', () => {
  const route = routeOf(`
route:
- { destination: { host: web }, weight: 1, headers: { response: { set: { x-a: '1' } } } }
- { destination: { host: web, port: { number: 81 } }, weight: 3 }
`);
  assert.equal(route.responseHeadersToAdd, undefined);
  assert.deepEqual(route.route?.weightedClusters, {
    clusters: [
      {
        name: 'outbound|80||web.a.svc.cluster.local',
        weight: 1,
        responseHeadersToAdd: [{ header: { key: 'x-a', value: '1' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' }],
      },
      { name: 'outbound|81||web.a.svc.cluster.local', weight: 3 },
    ],
  });
});

test('weights that add up to too much keep their shares', () => {
  const [a, b] = routeOf(`
route:
- { destination: { host: web }, weight: 2147483647 }
- { destination: { host: web, port: { number: 81 } }, weight: 2147483647 }
- { destination: { host: web }, weight: 2147483647 }
`).route!.weightedClusters!.clusters!;
  assert.equal(a!.weight, b!.weight);
});

test('the narrowest place says what is hashed', () => {
  const header = (name: string) => `{ consistentHash: { httpHeaderName: ${name} } }`;
  const hashed = (headerName: string) => [{ header: { headerName } }];
  const all = { loadBalancer: header('all') };
  const subset = '{ route: [{ destination: { host: web, subset: v1 } }] }';
  const table: readonly [string | undefined, Around, object | undefined][] = [
    [undefined, all, hashed('all')],
    [undefined, { ...all, ports: header('port') }, hashed('port')],
    [`{ ${TO_WEB} }`, { ...all, ports: header('port') }, hashed('port')],
    [subset, { ...all, ports: header('port') }, hashed('port')],
    [subset, { ...all, ports: header('port'), subset: header('subset') }, hashed('subset')],
    [subset, { loadBalancer: '{ simple: RANDOM }' }, undefined],
    [
      undefined,
      {
        loadBalancer:
          '{ consistentHash: { httpCookie: { name: c, path: /p, ttl: 1h, attributes: [{ name: SameSite, value: Strict }] } } }',
      },
      [{ cookie: { name: 'c', path: '/p', ttl: '3600s', attributes: [{ name: 'SameSite', value: 'Strict' }] } }],
    ],
    [
      undefined,
      { loadBalancer: '{ consistentHash: { useSourceIp: true } }' },
      [{ connectionProperties: { sourceIp: true } }],
    ],
    [
      undefined,
      { loadBalancer: '{ consistentHash: { httpQueryParameterName: q } }' },
      [{ queryParameter: { name: 'q' } }],
    ],
  ];
  for (const [rule, around, expected] of table) {
    assert.deepEqual(routeOf(rule, around).route?.hashPolicy, expected, JSON.stringify([rule, around]));
  }
});

test('gRPC clients without a proxy read time limits where their library looks', () => {
  const { route } = routeOf(`{ timeout: 5s, ${TO_WEB} }`, { metadata: { GENERATOR: 'grpc' } });
  assert.equal(route?.timeout, '5s');
  assert.deepEqual(route?.maxStreamDuration, { maxStreamDuration: '5s' });
  assert.equal(route?.maxGrpcTimeout, undefined);
});
