/** Paths that are no objects, discovery, and who may do what. */
import { get, type OracleCase, post, put, type Step, scene } from '../case.ts';

interface Resource {
  readonly name: string;
  readonly storageVersionHash?: string;
}

const as = (user: string, groups?: string): Step['headers'] => ({
  'impersonate-user': user,
  ...(groups === undefined ? {} : { 'impersonate-group': groups }),
});
/** By name and without the hash of how it is stored, of kinds that both servers have. */
const resourcesOf =
  (...wanted: readonly string[]) =>
  (body: { resources: readonly Resource[] }): unknown => ({
    ...body,
    resources: Object.fromEntries(
      body.resources
        .filter(({ name }) => wanted.includes(name.split('/')[0]!))
        .map((resource) => [resource.name, { ...resource, storageVersionHash: undefined }]),
    ),
  });
const level = ({ major, minor }: { major: string; minor: string }): unknown => ({ major, minor });
const pathsOf = (body: { paths: object } | string): object =>
  (typeof body === 'string' ? (JSON.parse(body) as { paths: object }) : body).paths;
const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const review = (spec: object): object => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec,
});

interface Discovered {
  readonly resource: string;
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface GroupDiscovery {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
}

const discovered =
  (group: string, ...wanted: readonly string[]) =>
  ({ items }: { items: readonly GroupDiscovery[] }): unknown => {
    const { versions } = items.find(({ metadata }) => (metadata.name ?? '') === group)!;
    const resources = versions.flatMap(({ version, resources: all }) =>
      all.filter(({ resource }) => wanted.includes(resource)).map((one) => [`${one.resource} ${version}`, byName(one)]),
    );
    return { versions: versions.map(({ version }) => version), resources: Object.fromEntries(resources) as unknown };
  };

function byName({ subresources = [], ...resource }: Discovered): unknown {
  return { ...resource, subresources: Object.fromEntries(subresources.map((one) => [one.subresource, one])) };
}

const CORE = [
  'bindings',
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'pods',
  'resourcequotas',
  'secrets',
  'serviceaccounts',
  'services',
];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'batch/v1': ['jobs', 'cronjobs'],
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'autoscaling/v1': ['horizontalpodautoscalers'],
  'policy/v1': ['poddisruptionbudgets'],
  'networking.k8s.io/v1': ['ingresses', 'ingressclasses', 'networkpolicies'],
  'rbac.authorization.k8s.io/v1': ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  'coordination.k8s.io/v1': ['leases'],
  'discovery.k8s.io/v1': ['endpointslices'],
  'events.k8s.io/v1': ['events'],
  'authentication.k8s.io/v1': ['tokenreviews', 'selfsubjectreviews'],
  'authorization.k8s.io/v1': [
    'subjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'localsubjectaccessreviews',
  ],
  'admissionregistration.k8s.io/v1': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
};

export const pathCases: readonly OracleCase[] = [
  scene(
    'discovery',
    get('/api', {
      pick: ({ kind, versions }: { kind: string; versions: unknown }) => ({ kind, versions }),
    }),
    get('/api/v1', { pick: resourcesOf(...CORE) }),
    get('/api', { headers: { accept: V2 }, pick: discovered('', ...CORE) }),
    get('/apis', { pick: ({ kind, apiVersion }: { kind: string; apiVersion: string }) => ({ kind, apiVersion }) }),
    ...Object.entries(GROUPS).map(([version, resources]) =>
      get(`/apis/${version}`, { pick: resourcesOf(...resources) }),
    ),
    ...Object.entries(GROUPS).map(([version, resources]) =>
      get('/apis', { headers: { accept: V2 }, pick: discovered(version.split('/')[0]!, ...resources) }),
    ),
    get('/apis/apps'),
    get('/apis/autoscaling'),
    get('/apis/absent'),
    get('/apis/apps/v9'),
    get('/api/v9'),
    get('/apis/apps/v1/nope'),
    get('/api/v1/nope'),
    get('/api/v1/namespaces/{ns}/nope'),
    get('/api/v1/namespaces/{ns}/nope/x'),
    get('/api/v1/namespaces/{ns}/pods/x/nope'),
    get('/api/v1/namespaces/{ns}/configmaps/x/status'),
    get('/nope'),
    get('/', { pick: () => undefined }),
    get('/apis/', { pick: () => undefined }),
    get('/api/', { pick: () => undefined }),
    get('/api/v1/', { pick: () => undefined }),
    get('/version', { pick: level }),
    get('/version/', { pick: level }),
    get('/healthz'),
    get('/livez'),
    get('/readyz'),
    get('/healthz/ping'),
    get('/healthz/nope'),
    get('/healthz?verbose', { pick: (body: string) => body.split('\n').filter((line) => /ping|passed/.test(line)) }),
    get('/openapi/v3', {
      pick: (body: { paths: object } | string) =>
        Object.keys(pathsOf(body)).filter((path) => /^(?:api\/v1|apis\/(?:apps|batch)\/v1)$/.test(path)),
    }),
    get('/openapi/v3/apis/nope/v1'),
    get('/api//v1'),
    get('/API/v1'),
    get('/api/v1/namespaces/{ns}/configmaps/%2e%2e'),
    post('/version', {}),
    post('/api', {}),
    post('/healthz', {}),
    post('/apis/apps/v1', {}),
    { method: 'DELETE', path: '/apis' },
    { method: 'HEAD', path: '/healthz' },
  ),
  scene(
    'rights',
    get('/api/v1/namespaces/{ns}/configmaps', { headers: as('maria') }),
    get('/api/v1/namespaces/{ns}/configmaps/x', { headers: as('maria') }),
    get('/api/v1/namespaces', { headers: as('maria') }),
    get('/api/v1/namespaces/{ns}', { headers: as('maria') }),
    get('/apis/apps/v1/namespaces/{ns}/deployments/x/status', { headers: as('maria') }),
    get('/api/v1/namespaces/{ns}/pods/x/log', { headers: as('maria') }),
    get('/metrics', { headers: as('maria') }),
    get('/nope', { headers: as('maria') }),
    get('/apis/absent/v1/things', { headers: as('maria') }),
    get('/apis', { headers: as('maria'), pick: () => undefined }),
    post('/api/v1/namespaces/{ns}/configmaps', {}, { headers: as('maria') }),
    put('/api/v1/namespaces/{ns}/configmaps/x', {}, { headers: as('maria') }),
    { method: 'PATCH', path: '/api/v1/namespaces/{ns}/configmaps/x', headers: as('maria')! },
    { method: 'DELETE', path: '/api/v1/namespaces/{ns}/configmaps/x', headers: as('maria')! },
    { method: 'DELETE', path: '/api/v1/namespaces/{ns}/configmaps', headers: as('maria')! },
    get('/api/v1/namespaces/{ns}/configmaps?watch=1', { headers: as('maria') }),
    get('/api/v1/namespaces/{ns}/configmaps', { headers: { authorization: 'Bearer nonsense' } }),
    get('/api/v1/namespaces/{ns}/configmaps', { headers: { authorization: 'Basic YTpi' } }),
    get('/version', { headers: { authorization: 'Bearer nonsense' } }),
    get('/api/v1/namespaces/{ns}/configmaps', { headers: { 'impersonate-group': 'x' } }),
    get('/api/v1/namespaces/{ns}/configmaps', {
      headers: { ...as('maria'), 'impersonate-uid': 'u', 'impersonate-extra-scopes': 'a' },
    }),
    get('/healthz', { headers: as('maria') }),
    get('/api/v1/namespaces/{ns}/configmaps', { headers: as('system:serviceaccount:default:x') }),
    post(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      review({ resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } }),
    ),
    post(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      review({ resourceAttributes: { verb: 'get', resource: 'pods' } }),
      { headers: as('maria') },
    ),
    post(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      review({ nonResourceAttributes: { verb: 'get', path: '/metrics' } }),
      { headers: as('maria') },
    ),
    post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review({})),
    post(
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      review({ resourceAttributes: {}, nonResourceAttributes: {} }),
    ),
    post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      ...review({}),
      kind: 'SubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'maria', resourceAttributes: { verb: 'get', resource: 'pods' } },
    }),
    post('/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews', {
      kind: 'LocalSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { user: 'maria', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'other' } },
    }),
    post('/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews', {
      kind: 'LocalSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: { namespace: '{ns}' },
      spec: { user: 'maria', resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } },
    }),
    post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: {},
    }),
    post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
      { headers: as('maria', 'devs') },
    ),
    post('/apis/authentication.k8s.io/v1/tokenreviews', {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { token: 'nonsense' },
    }),
    post('/apis/authentication.k8s.io/v1/tokenreviews', {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: {},
    }),
    get('/apis/authentication.k8s.io/v1/tokenreviews'),
    get('/apis/authentication.k8s.io/v1/tokenreviews/x'),
  ),
];
