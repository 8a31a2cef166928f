/** Objects of meshes of tests, as text that users could have written. */

type Labels = Readonly<Record<string, string>>;

/** A Service, and where it is served. */
export interface ServiceText {
  readonly name: string;
  readonly namespace?: string;
  /** `name:port`, or `name:port:targetPort`; `http:80` unless given. */
  readonly ports?: readonly string[];
  readonly labels?: Labels;
  /** More of the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly endpoints?: readonly EndpointText[];
}

/** One endpoint; it has a pod unless it says that it has none. */
export interface EndpointText {
  readonly address: string;
  readonly labels?: Labels;
  readonly account?: string;
  /** `region/zone/subzone` */
  readonly locality?: string;
  readonly node?: string;
  /** Whether the pod has a proxy. */
  readonly isInMesh?: boolean;
  readonly conditions?: Readonly<Record<string, boolean>>;
  readonly zones?: readonly string[];
}

/** Documents as one text. */
export function texts(...documents: readonly (string | object)[]): string {
  return documents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n---\n');
}

/** A Service with its EndpointSlice and the pods in it. */
export function service(given: ServiceText): string {
  const { name, namespace = 'b', ports = ['http:80'], labels = {}, spec = {}, endpoints = [] } = given;
  const parsed = ports.map((text) => {
    const [portName = '', port = '', target = port] = text.split(':');
    return { name: portName, port: Number(port), targetPort: Number(target) };
  });
  const isAlias = spec['type'] === 'ExternalName';
  return texts(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels },
      spec: { selector: { app: name }, ports: parsed, ...(isAlias ? {} : { clusterIP: '10.0.0.1' }), ...spec },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: parsed.map(({ name: portName, targetPort }) => ({ name: portName, port: targetPort })),
      endpoints: endpoints.map(({ address, conditions = {}, zones = [], node }) => ({
        addresses: [address],
        conditions,
        targetRef: { kind: 'Pod', namespace, name: podName(name, address) },
        ...(node === undefined ? {} : { nodeName: node }),
        ...(zones.length === 0 ? {} : { hints: { forZones: zones.map((zone) => ({ name: zone })) } }),
      })),
    },
    ...endpoints.map((endpoint) => pod(name, namespace, endpoint)),
  );
}

function pod(app: string, namespace: string, endpoint: EndpointText): object {
  const { address, labels = {}, account = 'default', locality, node, isInMesh = true } = endpoint;
  const place = locality === undefined ? {} : { 'istio-locality': locality.replaceAll('/', '.') };
  const proxy = isInMesh ? { 'security.istio.io/tlsMode': 'istio' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(app, address), namespace, labels: { app, ...labels, ...place, ...proxy } },
    spec: {
      serviceAccountName: account,
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: 'app', image: 'app' }],
    },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  };
}

function podName(app: string, address: string): string {
  return `${app}-${address.replaceAll('.', '-')}`;
}

/** A DestinationRule for a host of namespace `b`, as clients anywhere use it. */
export function destinationRule(host: string, spec: string, name = host.split('.')[0]!): string {
  return `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: b }
spec:
  host: ${host}
${spec.replace(/^/gm, '  ')}`;
}
