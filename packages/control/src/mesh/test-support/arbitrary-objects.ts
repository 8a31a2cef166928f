/** Objects of a tiny mesh, in which everything has to do with everything, for tests of histories. */
import fc from 'fast-check';
import type { MeshKind, ObjectChange } from '../model/index.ts';

const namespaces = fc.constantFrom('a', 'b', 'istio-system');
const names = fc.constantFrom('web', 'db');
const apps = fc.constantFrom('web', 'db');
const labels = fc.record({ app: apps });
const hosts = fc.constantFrom('web', 'db', 'web.b.svc.cluster.local', 'x.example.com', '*.example.com');
const exportTo = fc.option(fc.constantFrom(['.'], ['*'], ['b'], ['a', 'b'], ['~']), { nil: undefined });
const selector = fc.option(fc.record({ matchLabels: labels }), { nil: undefined });
const addresses = fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3');
const destination = fc.record({ destination: fc.record({ host: hosts, subset: fc.constantFrom('v1', 'v2') }) });

type Part = fc.Arbitrary<Record<string, unknown>>;

const delegate = fc.record({ name: names, namespace: fc.option(namespaces, { nil: undefined }) });
const match = fc.constantFrom([], [{ uri: { prefix: '/a' } }], [{ uri: { exact: '/a/b' } }]);
const httpRoutes = fc.array(
  fc.oneof(
    fc.record({ match, route: fc.array(destination, { minLength: 1, maxLength: 2 }) }),
    fc.record({ match, delegate }),
  ),
  { maxLength: 2 },
);

const PARTS: Readonly<Partial<Record<MeshKind, Part>>> = {
  Namespace: fc.constant({}),
  Node: fc.constant({}),
  Pod: fc.record({
    spec: fc.record({ nodeName: fc.constantFrom('web', 'db'), serviceAccountName: names, containers: fc.constant([]) }),
    status: fc.record({
      podIP: fc.option(addresses, { nil: undefined }),
      phase: fc.constantFrom('Running', 'Succeeded'),
      conditions: fc.constantFrom([], [{ type: 'Ready', status: 'True' }]),
    }),
  }),
  Service: fc.record({
    spec: fc.record({
      selector: fc.option(labels, { nil: undefined }),
      clusterIP: fc.constantFrom('None', '10.0.0.1', '10.0.0.2'),
      type: fc.constantFrom('ClusterIP', 'ExternalName'),
      externalName: fc.constant('x.example.com'),
      publishNotReadyAddresses: fc.boolean(),
      ports: fc.constantFrom([{ name: 'http', port: 80 }], [{ name: 'tcp', port: 90, targetPort: 'named' }]),
    }),
  }),
  EndpointSlice: fc.record({
    addressType: fc.constantFrom('IPv4'),
    ports: fc.constantFrom([{ name: 'http', port: 8080 }], []),
    endpoints: fc.array(
      fc.record({
        addresses: addresses.map((address) => [address]),
        conditions: fc.constantFrom({ ready: true }, { ready: false, serving: true, terminating: true }),
        nodeName: fc.constantFrom('web', 'db'),
        targetRef: fc.option(fc.record({ kind: fc.constant('Pod'), name: names }), { nil: undefined }),
      }),
      { maxLength: 3 },
    ),
  }),
  ServiceEntry: fc.record({
    spec: fc.oneof(
      fc.record({
        hosts: fc.uniqueArray(fc.constantFrom('x.example.com', 'y.example.com', '*.example.com'), { minLength: 1 }),
        resolution: fc.constantFrom('STATIC', 'DNS', 'NONE'),
        endpoints: fc.array(fc.record({ address: addresses }), { maxLength: 2 }),
        ports: fc.constantFrom([{ name: 'http', number: 80 }], [{ name: 'tls', number: 443, protocol: 'TLS' }]),
        exportTo,
      }),
      fc.record({
        hosts: fc.constant(['x.example.com']),
        resolution: fc.constant('STATIC'),
        location: fc.constant('MESH_INTERNAL'),
        workloadSelector: fc.record({ labels }),
        ports: fc.constant([{ name: 'http', number: 80 }]),
      }),
    ),
    status: fc.constantFrom({}, { addresses: [{ value: '240.240.0.9', host: 'x.example.com' }] }),
  }),
  WorkloadEntry: fc.record({ spec: fc.record({ address: addresses, labels, serviceAccount: names }) }),
  VirtualService: fc.record({
    spec: fc.record({ hosts: fc.uniqueArray(hosts, { maxLength: 2 }), http: httpRoutes, exportTo }),
  }),
  DestinationRule: fc.record({
    spec: fc.record({
      host: hosts,
      exportTo,
      workloadSelector: selector,
      trafficPolicy: fc.option(fc.constantFrom({ tls: { mode: 'SIMPLE' } }, { tls: { mode: 'DISABLE' } }), {
        nil: undefined,
      }),
      subsets: fc.uniqueArray(fc.record({ name: fc.constantFrom('v1', 'v2'), labels }), {
        maxLength: 2,
        selector: ({ name }) => name,
      }),
    }),
  }),
  Gateway: fc.record({
    spec: fc.record({
      selector: labels,
      servers: fc.constant([{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }]),
    }),
  }),
  Sidecar: fc.record({
    spec: fc.record({
      workloadSelector: fc.option(fc.record({ labels }), { nil: undefined }),
      egress: fc.constantFrom([], [{ hosts: ['./*'] }], [{ hosts: ['*/x.example.com', '~b/*'] }]),
    }),
  }),
  PeerAuthentication: fc.record({ spec: fc.record({ selector, mtls: fc.constantFrom({ mode: 'STRICT' }, {}) }) }),
  AuthorizationPolicy: fc.record({ spec: fc.record({ selector, action: fc.constantFrom('ALLOW', 'DENY') }) }),
  EnvoyFilter: fc.record({ spec: fc.record({ priority: fc.integer({ min: -1, max: 1 }) }) }),
};

const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Namespace', 'Node']);

function changesOf(kind: MeshKind, part: Part): fc.Arbitrary<ObjectChange> {
  const isClusterWide = CLUSTER_WIDE.has(kind);
  const facts = fc.record({
    namespace: namespaces,
    name: isClusterWide ? (kind === 'Namespace' ? namespaces : names) : names,
    part: fc.option(part, { nil: undefined, freq: 4 }),
    second: fc.integer({ min: 0, max: 2 }),
    labels: fc.record({
      app: apps,
      'kubernetes.io/service-name': names,
      'topology.istio.io/network': fc.constantFrom('', 'n1'),
      'topology.kubernetes.io/region': fc.constantFrom('r1', 'r2'),
    }),
  });
  return facts.map(({ namespace, name, part: rest, second, labels: own }) => {
    const key = isClusterWide ? name : `${namespace}/${name}`;
    const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
    const metadata = { name, ...(isClusterWide ? {} : { namespace }), labels: own, creationTimestamp, generation: 1 };
    const object = rest === undefined ? undefined : withoutAbsent({ kind, metadata, ...rest });
    return { kind, key, ...(object === undefined ? {} : { object }) } as unknown as ObjectChange;
  });
}

const meshConfig: fc.Arbitrary<ObjectChange> = fc
  .option(
    fc.constantFrom(
      'defaultServiceExportTo: ["."]',
      'trustDomain: other',
      'rootNamespace: b',
      'discoverySelectors: [{matchLabels: {app: web}}]',
      '{',
    ),
    {
      nil: undefined,
    },
  )
  .map((mesh) => {
    const key = 'istio-system/istio';
    const metadata = { name: 'istio', namespace: 'istio-system' };
    return (mesh === undefined
      ? { kind: 'ConfigMap', key }
      : { kind: 'ConfigMap', key, object: { metadata, data: { mesh } } }) as unknown as ObjectChange;
  });

/** Fields that are not there, rather than there and undefined. */
function withoutAbsent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** One change of one object. */
export const anyChange: fc.Arbitrary<ObjectChange> = fc.oneof(
  { weight: 1, arbitrary: meshConfig },
  ...Object.entries(PARTS).map(([kind, part]) => ({ weight: 3, arbitrary: changesOf(kind as MeshKind, part) })),
);
