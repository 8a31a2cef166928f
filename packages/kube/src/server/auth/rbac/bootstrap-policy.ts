/** The roles and bindings that every cluster starts with, under the names that users know. */

const system = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const WORKLOADS = [
  {
    apiGroups: ['apps'],
    resources: [
      'deployments',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
      'daemonsets',
      'controllerrevisions',
    ],
  },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  {
    apiGroups: [''],
    resources: ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'services', 'serviceaccounts'],
  },
];
const MESH_GROUPS = [
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  'gateway.networking.k8s.io',
];
const MESH = { apiGroups: MESH_GROUPS, resources: ['*'] };
const LOOK_ONLY = [
  {
    apiGroups: [''],
    resources: ['events', 'limitranges', 'namespaces', 'pods/log', 'pods/status', 'resourcequotas', 'services/status'],
  },
  { apiGroups: ['events.k8s.io'], resources: ['events'] },
];

function role(name: string, rules: readonly unknown[], labels: Record<string, string> = {}): Record<string, unknown> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { ...system, ...labels } },
    rules,
  };
}

function binding(name: string, groups: readonly string[]): Record<string, unknown> {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: system },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: groups.map((group) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group })),
  };
}

function withVerbs(verbs: readonly string[], parts: readonly object[]): object[] {
  return parts.map((part) => ({ verbs, ...part }));
}

const viewRules = withVerbs(READ, [...WORKLOADS, MESH, ...LOOK_ONLY]);
const editRules = [
  ...viewRules,
  ...withVerbs(WRITE, [...WORKLOADS, MESH]),
  ...withVerbs(
    [...READ, ...WRITE],
    [{ apiGroups: [''], resources: ['secrets', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/eviction'] }],
  ),
  ...withVerbs(['create'], [{ apiGroups: [''], resources: ['serviceaccounts/token'] }]),
];
const adminRules = [
  ...editRules,
  ...withVerbs(
    [...READ, ...WRITE],
    [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'] }],
  ),
  ...withVerbs(['create'], [{ apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'] }]),
];

const DISCOVERY_PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];
const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const ISSUER_PATHS = [
  '/.well-known/openid-configuration',
  '/.well-known/openid-configuration/',
  '/openid/v1/jwks',
  '/openid/v1/jwks/',
];
const EVERYBODY = ['system:authenticated', 'system:unauthenticated'];
const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

/** An aggregated role takes the rules of every role that carries its label, so that users can extend it. */
function aggregated(name: string, into?: string): Record<string, unknown> {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }] };
  return { ...role(name, [], into === undefined ? {} : { [`${AGGREGATE}${into}`]: 'true' }), aggregationRule };
}

/** Created at every start where they are missing; what users changed stays. */
export const bootstrapObjects: readonly Record<string, unknown>[] = [
  role('cluster-admin', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  aggregated('admin'),
  aggregated('edit', 'admin'),
  aggregated('view', 'edit'),
  role('system:aggregate-to-admin', adminRules, { [`${AGGREGATE}admin`]: 'true' }),
  role('system:aggregate-to-edit', editRules, { [`${AGGREGATE}edit`]: 'true' }),
  role('system:aggregate-to-view', viewRules, { [`${AGGREGATE}view`]: 'true' }),
  role('system:discovery', [{ verbs: ['get'], nonResourceURLs: DISCOVERY_PATHS }]),
  role('system:public-info-viewer', [{ verbs: ['get'], nonResourceURLs: PUBLIC_PATHS }]),
  role('system:service-account-issuer-discovery', [{ verbs: ['get'], nonResourceURLs: ISSUER_PATHS }]),
  role('system:monitoring', [{ verbs: ['get'], nonResourceURLs: [...PUBLIC_PATHS, '/metrics'] }]),
  role('system:basic-user', [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ]),
  binding('cluster-admin', ['system:masters']),
  binding('system:discovery', ['system:authenticated']),
  binding('system:public-info-viewer', EVERYBODY),
  binding('system:service-account-issuer-discovery', ['system:serviceaccounts']),
  binding('system:monitoring', ['system:monitoring']),
  binding('system:basic-user', ['system:authenticated']),
];
