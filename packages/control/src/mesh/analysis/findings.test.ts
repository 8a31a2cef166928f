import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { httpService, meshOf, object, podOf, withObjects } from '../test-support/mesh.ts';
import { ALL_ANALYZERS } from './all.ts';
import { FINDING_SEVERITIES } from './codes.ts';
import { findingsOf, mayDifferInFindings } from './findings.ts';

const TO = 'route: [{destination: {host: web}}]';
const vs = (key: string, spec: string): string => object('VirtualService', key, spec);
const dr = (key: string, spec: string): string => object('DestinationRule', key, spec);
const entry = (key: string, spec: string): string => object('ServiceEntry', key, spec);
const config = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: istio-system, name: istio}\ndata: ${data}\n`;

/** `Kind/namespace/name Code path` of every finding. */
function codes(mesh: MeshSnapshot): string[] {
  return [...findingsOf(mesh)]
    .flatMap(([id, findings]) => findings.map(({ code, path = '' }) => `${id} ${code} ${path}`.trim()))
    .toSorted();
}

const CASES: Readonly<Record<string, { readonly mesh: readonly string[]; readonly found: readonly string[] }>> = {
  'a sound mesh': {
    mesh: [
      httpService('a/web'),
      dr('a/web', '{host: web, subsets: [{name: v1, labels: {version: v1}}]}'),
      vs('a/web', '{hosts: [web], http: [{route: [{destination: {host: web, subset: v1, port: {number: 80}}}]}]}'),
    ],
    found: [],
  },
  'unknown destinations': {
    mesh: [
      httpService('a/web'),
      dr('a/web', '{host: web}'),
      vs(
        'a/v',
        '{hosts: [web], http: [{route: [{destination: {host: nope}}, {destination: {host: web, subset: v9}, weight: 1}], mirror: {host: web, port: {number: 81}}}]}',
      ),
    ],
    found: [
      'VirtualService/a/v UnknownDestinationHost spec.http[0].route[0].destination',
      'VirtualService/a/v UnknownDestinationPort spec.http[0].mirror',
      'VirtualService/a/v UnknownSubset spec.http[0].route[1].destination',
    ],
  },
  'SEMANTICS 3: a second VirtualService for a host of sidecars': {
    mesh: [
      httpService('a/web'),
      vs('a/old', `{hosts: [web], http: [{${TO}}]}`),
      vs('a/young', `{hosts: [web], http: [{${TO}}]}`),
    ],
    found: ['VirtualService/a/young ShadowedHost spec.hosts'],
  },
  'a gateway that does not exist': {
    mesh: [httpService('a/web'), vs('a/v', `{hosts: [web], gateways: [gw], http: [{${TO}}]}`)],
    found: ['VirtualService/a/v UnknownGateway spec.gateways'],
  },
  'SEMANTICS 6: delegates that cannot be used': {
    mesh: [
      httpService('a/web'),
      vs(
        'a/v',
        '{hosts: [web], http: [{match: [{uri: {prefix: /1}}], delegate: {name: none}}, {match: [{uri: {prefix: /2}}], delegate: {name: hidden, namespace: b}}, {match: [{uri: {prefix: /3}}], delegate: {name: wider}}]}',
      ),
      vs('b/hidden', '{exportTo: ["."], http: [{redirect: {uri: /}}]}'),
      vs('a/wider', '{http: [{match: [{uri: {prefix: /}}], redirect: {uri: /}}]}'),
    ],
    found: [
      'VirtualService/a/v DelegateConflict spec.http[2].delegate',
      'VirtualService/a/v DelegateNotFound spec.http[0].delegate',
      'VirtualService/a/v DelegateNotVisible spec.http[1].delegate',
    ],
  },
  'SEMANTICS 14: parts of rules that are not joined': {
    mesh: [
      httpService('a/web'),
      dr('a/one', '{host: web, trafficPolicy: {tls: {mode: DISABLE}}, subsets: [{name: v1, labels: {v: "1"}}]}'),
      dr('a/two', '{host: web, trafficPolicy: {tls: {mode: DISABLE}}, subsets: [{name: v1, labels: {v: "2"}}]}'),
      dr('a/three', '{host: web, exportTo: ["."]}'),
    ],
    found: [
      'DestinationRule/a/three UnmergedPolicy spec.exportTo',
      'DestinationRule/a/two DuplicateSubset spec.subsets[0]',
      'DestinationRule/a/two UnmergedPolicy spec.trafficPolicy',
    ],
  },
  'SEMANTICS 17: subsets that a rule of clients loses': {
    mesh: [
      httpService('b/web'),
      dr('b/web', '{host: web, subsets: [{name: v1, labels: {v: "1"}}]}'),
      dr('a/web', '{host: web.b.svc.cluster.local}'),
    ],
    found: ['DestinationRule/a/web LostSubsets'],
  },
  'rules for nothing and subsets of everything': {
    mesh: [
      httpService('a/web'),
      dr('a/none', '{host: nope}'),
      dr('a/web', '{host: web, subsets: [{name: all}]}'),
      dr('a/wild', "{host: '*.example.com'}"),
    ],
    found: [
      'DestinationRule/a/none UnknownHost spec.host',
      'DestinationRule/a/web SubsetWithoutLabels spec.subsets[0]',
    ],
  },
  'hosts and ports of ServiceEntries': {
    mesh: [
      entry('a/one', '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: http}]}'),
      entry('a/two', '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: tcp}]}'),
      entry('a/three', '{hosts: [x.com], resolution: NONE, ports: [{number: 81, name: tcp}]}'),
    ],
    found: ['ServiceEntry/a/three ConflictingHost spec.hosts', 'ServiceEntry/a/two DuplicatePort spec.ports[0]'],
  },
  'a target port that no pod has': {
    mesh: [
      object(
        'Service',
        'a/web',
        '{clusterIP: 10.0.0.1, selector: {app: web}, ports: [{name: http, port: 80, targetPort: none}]}',
      ),
      podOf('a/p', 'web', '10.1.0.1'),
    ],
    found: ['Service/a/web UnresolvableTargetPort spec.ports[0].targetPort'],
  },
  'settings of Services without effect': {
    mesh: [
      object(
        'Service',
        'a/web',
        '{clusterIP: 10.0.0.1, sessionAffinity: ClientIP, ports: [{port: 80}]}',
        'annotations: {networking.istio.io/traffic-distribution: Nearest}',
      ),
    ],
    found: ['Service/a/web UnknownTrafficDistribution', 'Service/a/web UnsupportedField spec.sessionAffinity'],
  },
  'gateways in each other’s way': {
    mesh: [
      object(
        'Gateway',
        'a/one',
        '{selector: {app: gw}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}',
      ),
      object(
        'Gateway',
        'b/two',
        '{selector: {app: gw, x: y}, servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}]}',
      ),
      object(
        'Gateway',
        'b/other',
        '{selector: {app: other}, servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}]}',
      ),
    ],
    found: ['Gateway/b/two GatewayConflict spec.servers[0]'],
  },
  'policies that do not count': {
    mesh: [
      object('PeerAuthentication', 'istio-system/web', '{selector: {matchLabels: {app: web}}}'),
      object('PeerAuthentication', 'a/one', '{mtls: {mode: STRICT}}'),
      object('PeerAuthentication', 'a/two', '{mtls: {mode: STRICT}}'),
      object('Sidecar', 'a/one', '{egress: [{hosts: ["./*"]}]}'),
      object('Sidecar', 'a/two', '{egress: [{hosts: ["./*"]}]}'),
    ],
    found: [
      'PeerAuthentication/a/two DuplicatePolicy',
      'PeerAuthentication/istio-system/web SelectorIgnored spec.selector',
      'Sidecar/a/two DuplicatePolicy',
    ],
  },
  'the Gateway API': {
    mesh: [
      `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: a, name: r}
spec: {parentRefs: [{kind: Service, group: "", name: web}]}
`,
    ],
    found: ['HTTPRoute/a/r UnsupportedKind'],
  },
  'telemetry, and checks of tokens': {
    mesh: [
      `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: t, namespace: a}
spec: {accessLogging: [{disabled: true}]}
`,
      `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: r, namespace: a}
spec: {jwtRules: [{issuer: i, jwksUri: https://i/keys}]}
`,
    ],
    found: ['RequestAuthentication/a/r UnsupportedKind', 'Telemetry/a/t UnsupportedKind'],
  },
  'a mesh configuration with fields that are wrong, unknown and without effect': {
    mesh: [config('{mesh: "connectTimeout: soon\\nnope: 1\\ningressClass: x"}')],
    found: [
      'ConfigMap/istio-system/istio InvalidMeshConfig data.mesh.connectTimeout',
      'ConfigMap/istio-system/istio UnknownMeshConfigField data.mesh.nope',
      'ConfigMap/istio-system/istio UnsupportedField data.mesh.ingressClass',
    ],
  },
  'a mesh configuration that is no YAML': {
    mesh: [config('{mesh: "{"}')],
    found: ['ConfigMap/istio-system/istio InvalidMeshConfig data.mesh'],
  },
};

for (const [name, { mesh, found }] of Object.entries(CASES)) {
  test(name, () => {
    assert.deepEqual(codes(meshOf(...mesh)), found);
  });
}

test('a finding names the object with its generation, and says it in words', () => {
  const mesh = meshOf(
    httpService('a/web'),
    vs('a/v', '{hosts: [web], http: [{route: [{destination: {host: web, subset: v9}}]}]}'),
  );
  const [finding] = findingsOf(mesh).get('VirtualService/a/v')!;
  assert.deepEqual(finding, {
    code: 'UnknownSubset',
    severity: 'error',
    object: { kind: 'VirtualService', namespace: 'a', name: 'v', generation: 1 },
    path: 'spec.http[0].route[0].destination',
    message:
      'web.a.svc.cluster.local has no subset "v9" since no DestinationRule for it is visible in namespace a; requests fail',
  });
});

test('findings go when their cause goes, and snapshots tell whether they can differ', () => {
  const before = meshOf(httpService('a/web'), vs('a/v', `{hosts: [web], gateways: [gw], http: [{${TO}}]}`));
  assert.equal(findingsOf(before).size, 1);
  const gateway = '{selector: {app: gw}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}';
  const after = withObjects(before, object('Gateway', 'a/gw', gateway));
  assert.equal(findingsOf(after).size, 0);
  assert.equal(mayDifferInFindings(before, after), true);
  assert.equal(mayDifferInFindings(after, withObjects(after, podOf('a/p', 'web', '10.1.0.1'))), false);
});

test('an object with a thousand mistakes is told of the first', () => {
  const routes = Array.from(
    { length: 1000 },
    (_, i) => `{match: [{uri: {exact: /${i}}}], route: [{destination: {host: n${i}}}]}`,
  );
  const mesh = meshOf(httpService('a/web'), vs('a/v', `{hosts: [web], http: [${routes.join(', ')}]}`));
  assert.equal(findingsOf(mesh).get('VirtualService/a/v')!.length, 50);
});

test('codes are words that a condition can have as its reason', () => {
  for (const code of Object.keys(FINDING_SEVERITIES)) assert.match(code, /^[A-Z][A-Za-z]+$/);
  assert.equal(new Set(ALL_ANALYZERS.map(({ name }) => name)).size, ALL_ANALYZERS.length);
});
