import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { MeshProxy } from '../../mesh/index.ts';
import { meshOf, withObjects } from '../../mesh/test-support/mesh.ts';
import { Memo } from '../memo.ts';
import { compiled } from '../test-support/compile.ts';
import { inputIn, inputOf } from '../test-support/mesh-input.ts';
import { destinationRule, type EndpointText, type ServiceText, service, texts } from '../test-support/mesh-text.ts';
import { loadAssignment } from './load-assignment.ts';

const HOST = 'reviews.b.svc.cluster.local';
const NAME = `outbound|80||${HOST}`;

function assigned(yaml: string, facts: Partial<MeshProxy> = {}, name = NAME): ClusterLoadAssignmentJson {
  const assignment = loadAssignment(inputOf(yaml, { proxy: facts }), name);
  compiled('envoy.config.endpoint.v3.ClusterLoadAssignment', assignment);
  return assignment;
}

/** Groups in few words: `priority locality=weight: address, address`. */
function tell({ endpoints = [] }: ClusterLoadAssignmentJson): readonly string[] {
  return endpoints.map(({ priority = 0, locality = {}, loadBalancingWeight, lbEndpoints = [] }) => {
    const place = [locality.region, locality.zone, locality.subZone].filter((part) => (part ?? '') !== '').join('/');
    const addresses = lbEndpoints.map(({ endpoint }) => endpoint?.address?.socketAddress?.address);
    return `${priority} ${place}=${loadBalancingWeight}: ${addresses.join(', ')}`;
  });
}

function served(endpoints: readonly EndpointText[], more: Partial<ServiceText> = {}): string {
  return service({ name: 'reviews', endpoints, ...more });
}

function at(address: string, locality: string, more: Partial<EndpointText> = {}): EndpointText {
  return { address, locality, ...more };
}

function clientAt(locality: string, more: Partial<MeshProxy> = {}): Partial<MeshProxy> {
  const [region = '', zone = '', subzone = ''] = locality.split('/');
  return { locality: { region, zone, subzone }, ...more };
}

function localities(setting: string, more = 'outlierDetection: { consecutive5xxErrors: 5 }'): string {
  return destinationRule(HOST, `trafficPolicy: { loadBalancer: { localityLbSetting: ${setting} }, ${more} }`);
}

describe('the endpoints of a cluster', () => {
  test('have address, port, health, weight, and what telemetry and mutual TLS go by', () => {
    const labels = { version: 'v1' };
    const { endpoints = [] } = assigned(served([{ address: '10.1.0.1', labels }], { ports: ['http:80:8080'] }));
    assert.deepEqual(endpoints[0]?.lbEndpoints, [
      {
        endpoint: { address: { socketAddress: { address: '10.1.0.1', portValue: 8080 } } },
        healthStatus: 'HEALTHY',
        metadata: {
          filterMetadata: {
            'envoy.transport_socket_match': { tlsMode: 'istio' },
            istio: { workload: 'reviews-10-1-0-1;b;reviews;v1;Kubernetes' },
          },
        },
        loadBalancingWeight: 1,
      },
    ]);
    assert.deepEqual(endpoints[0]?.metadata?.filterMetadata?.['weft'], {
      sources: [{ kind: 'Service', namespace: 'b', name: 'reviews', generation: 1, path: 'spec.ports[0]' }],
    });
  });

  test('are those with the labels of the subset', () => {
    const rule = destinationRule(HOST, 'subsets: [{ name: v2, labels: { version: v2 } }]');
    const yaml = texts(served([{ address: '10.1.0.1' }, { address: '10.1.0.2', labels: { version: 'v2' } }]), rule);
    assert.deepEqual(tell(assigned(yaml, {}, `outbound|80|v2|${HOST}`)), ['0 =1: 10.1.0.2']);
  });

  for (const name of [`outbound|80|v9|${HOST}`, `outbound|81||${HOST}`, 'outbound|80||nobody', 'inbound|80||', 'x']) {
    test(`are none for ${name}, and not missing`, () => {
      assert.deepEqual(assigned(served([{ address: '10.1.0.1' }]), {}, name), { clusterName: name });
    });
  }

  test('may be a socket', () => {
    const yaml = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: b }
spec:
  hosts: [${HOST}]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: unix:///run/app.sock }, { address: 192.0.2.1, weight: 7, ports: { http: 8080 } }]`;
    const [group] = assigned(yaml).endpoints ?? [];
    assert.deepEqual(
      group?.lbEndpoints?.map(({ endpoint, loadBalancingWeight }) => [endpoint?.address, loadBalancingWeight]),
      [
        [{ pipe: { path: '/run/app.sock' } }, 1],
        [{ socketAddress: { address: '192.0.2.1', portValue: 8080 } }, 7],
      ],
    );
  });

  test('have weights that add up to what proxies take', () => {
    const yaml = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: b }
spec:
  hosts: [${HOST}]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 192.0.2.1, weight: 4294967295 }, { address: 192.0.2.2, weight: 4294967295 }, { address: 192.0.2.3, weight: 1 }]`;
    const [group] = assigned(yaml).endpoints ?? [];
    const weights = group?.lbEndpoints?.map(({ loadBalancingWeight }) => loadBalancingWeight as number) ?? [];
    assert.equal(weights[0], weights[1]);
    assert.equal(weights[2], 1);
    assert.ok((group?.loadBalancingWeight as number) <= 4294967295);
  });

  test('are those on the node of the client, when the Service wants that', () => {
    const yaml = served(
      [
        { address: '10.1.0.1', node: 'n1' },
        { address: '10.1.0.2', node: 'n2' },
      ],
      { spec: { internalTrafficPolicy: 'Local' } },
    );
    assert.deepEqual(tell(assigned(yaml, { nodeName: 'n2' })), ['0 =1: 10.1.0.2']);
  });
});

// SEMANTICS 22
describe('endpoints that are not ready', () => {
  const yaml = served([
    { address: '10.1.0.1' },
    { address: '10.1.0.2', conditions: { ready: false } },
    { address: '10.1.0.3', conditions: { ready: false, serving: true, terminating: true } },
  ]);
  const healthOf = (text: string) =>
    assigned(text).endpoints?.[0]?.lbEndpoints?.map(({ endpoint, healthStatus }) => [
      endpoint?.address?.socketAddress?.address,
      healthStatus,
    ]);

  test('are sent as unhealthy, and not at all while they drain', () => {
    assert.deepEqual(healthOf(yaml), [
      ['10.1.0.1', 'HEALTHY'],
      ['10.1.0.2', 'UNHEALTHY'],
    ]);
  });

  test('are not sent where load could spill over to them', () => {
    const rule = destinationRule(HOST, 'trafficPolicy: { outlierDetection: { minHealthPercent: 10 } }');
    assert.deepEqual(healthOf(texts(yaml, rule)), [['10.1.0.1', 'HEALTHY']]);
  });

  test('are sent while they drain to clients with sessions', () => {
    const withSessions = yaml.replace('"labels":{}', '"labels":{"istio.io/persistent-session":"id"}');
    assert.deepEqual(healthOf(withSessions)?.at(-1), ['10.1.0.3', 'DRAINING']);
  });
});

// SEMANTICS 19
describe('mutual TLS with an endpoint', () => {
  const peerAuthentication = (spec: string) => `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: own, namespace: b }
spec: ${spec}`;
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['is spoken when it has a proxy', [served([{ address: '10.1.0.1' }])], true],
    ['is not spoken when it has none', [served([{ address: '10.1.0.1', isInMesh: false }])], false],
    [
      'is spoken when a rule says so',
      [
        served([{ address: '10.1.0.1', isInMesh: false }]),
        destinationRule(HOST, 'trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }'),
      ],
      true,
    ],
    [
      'is not spoken when its port disables it',
      [
        served([{ address: '10.1.0.1' }], { ports: ['http:80:8080'] }),
        peerAuthentication(
          '{ selector: { matchLabels: { app: reviews } }, portLevelMtls: { 8080: { mode: DISABLE } } }',
        ),
      ],
      false,
    ],
  ];
  for (const [what, objects, isMutual] of cases) {
    test(what, () => {
      const metadata = assigned(texts(...objects)).endpoints?.[0]?.lbEndpoints?.[0]?.metadata?.filterMetadata;
      assert.deepEqual(metadata?.['envoy.transport_socket_match'], isMutual ? { tlsMode: 'istio' } : undefined);
    });
  }
});

// SEMANTICS 21
describe('places', () => {
  const near = at('10.0.0.1', 'r1/z1/s1');
  const endpoints = [
    at('10.0.0.4', 'r2/z1/s1'),
    at('10.0.0.5', 'r3/z1/s1'),
    at('10.0.0.3', 'r1/z2/s1'),
    at('10.0.0.2', 'r1/z1/s2'),
    near,
  ];
  const client = clientAt('r1/z1/s1');

  test('have no rank without a way to notice failures', () => {
    assert.deepEqual(tell(assigned(served(endpoints), client)), [
      '0 r1/z1/s1=1: 10.0.0.1',
      '0 r1/z1/s2=1: 10.0.0.2',
      '0 r1/z2/s1=1: 10.0.0.3',
      '0 r2/z1/s1=1: 10.0.0.4',
      '0 r3/z1/s1=1: 10.0.0.5',
    ]);
  });

  const ranked: readonly (readonly [string, string, readonly string[]])[] = [
    ['by nearness', '{}', ['0', '1', '2', '3', '3']],
    [
      'with the region that takes over before others',
      '{ failover: [{ from: r1, to: r3 }] }',
      ['0', '1', '2', '4', '3'],
    ],
    ['without gaps', '{ failoverPriority: [topology.kubernetes.io/region] }', ['0', '0', '0', '1', '1']],
    [
      'by labels, from the first that differs on',
      '{ failoverPriority: [topology.kubernetes.io/region, topology.kubernetes.io/zone] }',
      ['0', '0', '1', '2', '2'],
    ],
    ['by the value of a label', '{ failoverPriority: [topology.kubernetes.io/region=r2] }', ['1', '1', '1', '0', '1']],
    ['not at all when it is switched off', '{ enabled: false }', ['0', '0', '0', '0', '0']],
  ];
  for (const [how, setting, priorities] of ranked) {
    test(`are ranked ${how}`, () => {
      const groups = tell(assigned(texts(served(endpoints), localities(setting)), client));
      assert.deepEqual(
        groups.map((group) => group[0]),
        priorities,
        groups.join('; '),
      );
    });
  }

  test('are ranked within a locality, too, when labels tell endpoints apart', () => {
    const twins = [near, at('10.0.0.6', 'r1/z1/s1', { labels: { version: 'v2' } })];
    const yaml = texts(served(twins), localities('{ failoverPriority: [version] }'));
    assert.deepEqual(tell(assigned(yaml, { ...client, labels: { version: 'v2' } })), [
      '0 r1/z1/s1=1: 10.0.0.6',
      '1 r1/z1/s1=1: 10.0.0.1',
    ]);
  });

  test('have the shares that are given, and none without one', () => {
    const setting = '{ distribute: [{ from: r1/*, to: { "r1/z1/*": 80, "r2/*": 20 } }] }';
    const rule = localities(setting, '');
    assert.deepEqual(tell(assigned(texts(served(endpoints), rule.replace(', }', '}')), client)), [
      '0 r1/z1/s1=40: 10.0.0.1',
      '0 r1/z1/s2=40: 10.0.0.2',
      '0 r2/z1/s1=20: 10.0.0.4',
    ]);
  });

  test('are ranked where the Service asks for it, without a rule', () => {
    const yaml = served(endpoints, { spec: { trafficDistribution: 'PreferSameZone' } });
    assert.deepEqual(
      tell(assigned(yaml, client)).map((group) => group[0]),
      ['0', '0', '1', '2', '2'],
    );
  });

  const hinted = [at('10.0.0.1', 'r1/z1/s1', { zones: ['z1'] }), at('10.0.0.2', 'r1/z1/s2', { zones: ['z2'] })];

  test('count by the hints of Kubernetes for the zone of the client', () => {
    assert.deepEqual(tell(assigned(served(hinted), clientAt('r1/z2'))), [
      '1 r1/z1/s1=1: 10.0.0.1',
      '0 r1/z1/s2=1: 10.0.0.2',
    ]);
  });

  test('do not count by hints that are not complete, or for another zone', () => {
    const unhinted = served([...hinted, at('10.0.0.3', 'r1/z1/s2')]);
    for (const group of tell(assigned(unhinted, clientAt('r1/z2')))) assert.equal(group[0], '0');
    for (const group of tell(assigned(served(hinted), clientAt('r1/z9')))) assert.equal(group[0], '0');
  });
});

describe('other networks', () => {
  const networks = (gateways: string) =>
    texts({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system' },
      data: { meshNetworks: `networks: { n2: { endpoints: [], gateways: [${gateways}] } }` },
    });
  const remote = { 'topology.istio.io/network': 'n2' };
  const own = { 'topology.istio.io/network': 'n1' };
  const yaml = served([
    { address: '10.0.0.1', labels: own },
    { address: '10.0.0.2', labels: remote },
    { address: '10.0.0.3', labels: remote },
    { address: '10.0.0.4', labels: remote, isInMesh: false },
  ]);
  const client = { network: 'n1' };

  test('are reached through their gateways, which share what their endpoints weigh', () => {
    const gateways = networks('{ address: 192.0.2.1, port: 15443 }, { address: 192.0.2.2, port: 15443 }');
    const assignment = assigned(texts(gateways, yaml), client);
    assert.deepEqual(
      assignment.endpoints?.[0]?.lbEndpoints?.map(({ endpoint, loadBalancingWeight }) => [
        endpoint?.address?.socketAddress?.address,
        loadBalancingWeight,
      ]),
      [
        ['10.0.0.1', 2],
        ['192.0.2.1', 2],
        ['192.0.2.2', 2],
      ],
    );
  });

  test('are reached directly when they have no gateways', () => {
    assert.deepEqual(tell(assigned(yaml, client)), ['0 =4: 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4']);
  });

  test('are not asked for by clients that name those they want', () => {
    const wanted = { network: 'n1', metadata: { REQUESTED_NETWORK_VIEW: 'n1' } };
    assert.deepEqual(tell(assigned(yaml, wanted)), ['0 =1: 10.0.0.1']);
  });

  test('have gateways that are Services with the label of the network', () => {
    const gateway = service({
      name: 'eastwest',
      ports: ['tls:15443'],
      labels: { 'topology.istio.io/network': 'n2' },
      spec: { type: 'LoadBalancer', externalIPs: ['192.0.2.9'] },
    });
    assert.deepEqual(tell(assigned(texts(yaml, gateway), client)), ['0 =3: 10.0.0.1, 192.0.2.9']);
  });
});

test('gateways that pass mutual TLS on get the endpoints that speak it', () => {
  const yaml = served([{ address: '10.0.0.1' }, { address: '10.0.0.2', isInMesh: false }]);
  const name = `outbound_.80_._.${HOST}`;
  assert.deepEqual(tell(assigned(yaml, { type: 'router' }, name)), ['0 =1: 10.0.0.1']);
});

describe('endpoints are shared', () => {
  const yaml = served([at('10.0.0.1', 'r1/z1/s1'), at('10.0.0.2', 'r2/z1/s1')]);

  test('by clients to which the same things matter', () => {
    const memo = new Memo();
    const snapshot = meshOf(texts(yaml, service({ name: 'other' })));
    const make = (facts: Partial<MeshProxy>, of = snapshot) => loadAssignment(inputIn(of, facts, memo), NAME);
    const first = make({ id: 'x.a', ...clientAt('r1/z1/s1', { nodeName: 'n1', labels: { app: 'x' } }) });
    assert.equal(first, make({ id: 'y.a', ...clientAt('r1/z1/s1', { nodeName: 'n2', labels: { app: 'y' } }) }));
    const later = withObjects(snapshot, service({ name: 'other', endpoints: [{ address: '10.0.9.9' }] }));
    assert.equal(first, make({ id: 'x.a', ...clientAt('r1/z1/s1') }, later), 'another service changed');
  });

  test('but not by clients elsewhere where places are ranked', () => {
    const input = meshOf(texts(yaml, localities('{}')));
    const memo = new Memo();
    const [here, there] = ['r1/z1/s1', 'r2/z1/s1'].map((place) =>
      tell(loadAssignment(inputIn(input, clientAt(place), memo), NAME)),
    );
    assert.deepEqual(here, ['0 r1/z1/s1=1: 10.0.0.1', '1 r2/z1/s1=1: 10.0.0.2']);
    assert.deepEqual(there, ['1 r1/z1/s1=1: 10.0.0.1', '0 r2/z1/s1=1: 10.0.0.2']);
  });
});
