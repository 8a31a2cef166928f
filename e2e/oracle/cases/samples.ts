/** One good object of each kind. */

/** An object with what makes it complete. */
export interface Sample {
  readonly plural: string;
  readonly isClusterWide?: boolean;
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
  /** Written through the status subresource. */
  readonly status?: unknown;
}

/** The collection that a sample belongs to. */
export function collectionOf({ plural, isClusterWide, object }: Sample): string {
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  return isClusterWide === true ? `${root}/${plural}` : `${root}/namespaces/{ns}/${plural}`;
}

const labels = { app: 'web' };

export const base = { podSpec: { containers: [{ name: 'web', image: 'web:1' }], automountServiceAccountToken: false } };

const template = { metadata: { labels }, spec: base.podSpec };
const selector = { matchLabels: labels };

function sample(apiVersion: string, kind: string, plural: string, rest: object, more: Partial<Sample> = {}): Sample {
  const name = more.isClusterWide === true ? '{ns}-sample' : 'sample';
  return { plural, object: { apiVersion, kind, metadata: { name, labels: { l: 'v' } }, ...rest }, ...more };
}

const wide = { isClusterWide: true };
const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'R',
  message: 'm',
  lastTransitionTime: '2024-01-01T00:00:00Z',
};

export const samples: readonly Sample[] = [
  sample('v1', 'ConfigMap', 'configmaps', { data: { a: '1' }, binaryData: { b: 'AAA=' }, immutable: false }),
  sample('v1', 'Secret', 'secrets', { type: 'Opaque', data: { a: 'AAA=' }, stringData: { s: 'text' } }),
  sample('v1', 'ServiceAccount', 'serviceaccounts', {
    secrets: [{ name: 'x' }],
    imagePullSecrets: [{ name: 'y' }],
    automountServiceAccountToken: true,
  }),
  sample(
    'v1',
    'Service',
    'services',
    {
      spec: {
        selector: labels,
        type: 'NodePort',
        sessionAffinity: 'ClientIP',
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Cluster',
        ports: [
          { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' },
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 5353 },
        ],
      },
    },
    {
      status: {
        loadBalancer: { ingress: [{ ip: '1.2.3.4', ports: [{ port: 80, protocol: 'TCP' }] }] },
        conditions: [condition],
      },
    },
  ),
  sample('v1', 'Endpoints', 'endpoints', {
    subsets: [
      {
        addresses: [{ ip: '1.2.3.4', hostname: 'h', nodeName: 'n' }],
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
    ],
  }),
  sample(
    'v1',
    'Pod',
    'pods',
    {
      spec: {
        automountServiceAccountToken: false,
        serviceAccountName: 'default',
        restartPolicy: 'Always',
        nodeSelector: { a: 'b' },
        terminationGracePeriodSeconds: 5,
        dnsPolicy: 'ClusterFirst',
        initContainers: [{ name: 'init', image: 'i:1', restartPolicy: 'Always' }],
        containers: [
          {
            name: 'web',
            image: 'web:1',
            command: ['c'],
            args: ['a'],
            ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
            env: [
              { name: 'A', value: 'b' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
            envFrom: [{ configMapRef: { name: 'x' } }],
            resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
            volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
            livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 5 },
            readinessProbe: { tcpSocket: { port: 'http' } },
            securityContext: { runAsUser: 1, capabilities: { add: ['NET_ADMIN'] } },
            imagePullPolicy: 'IfNotPresent',
            lifecycle: { preStop: { exec: { command: ['x'] } } },
          },
        ],
        volumes: [
          { name: 'v', emptyDir: { sizeLimit: '1Gi' } },
          { name: 'c', configMap: { name: 'x', items: [{ key: 'a', path: 'b' }] } },
        ],
        tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] }],
            },
          },
        },
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector },
        ],
        securityContext: { fsGroup: 1, sysctls: [{ name: 'kernel.shm_rmid_forced', value: '0' }] },
        hostAliases: [{ ip: '1.2.3.4', hostnames: ['h'] }],
      },
    },
    {
      status: {
        phase: 'Running',
        podIP: '1.2.3.4',
        podIPs: [{ ip: '1.2.3.4' }],
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          {
            name: 'web',
            image: 'web:1',
            imageID: '',
            ready: true,
            restartCount: 2,
            state: { running: { startedAt: '2024-01-01T00:00:00Z' } },
          },
        ],
      },
    },
  ),
  sample(
    'apps/v1',
    'Deployment',
    'deployments',
    {
      spec: {
        replicas: 2,
        selector,
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%', maxUnavailable: 1 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 60,
      },
    },
    {
      status: {
        replicas: 2,
        readyReplicas: 1,
        availableReplicas: 1,
        updatedReplicas: 2,
        conditions: [{ ...condition, type: 'Available', lastUpdateTime: '2024-01-01T00:00:00Z' }],
      },
    },
  ),
  sample(
    'apps/v1',
    'ReplicaSet',
    'replicasets',
    { spec: { replicas: 2, selector, template } },
    { status: { replicas: 2, readyReplicas: 1 } },
  ),
  sample(
    'apps/v1',
    'StatefulSet',
    'statefulsets',
    {
      spec: {
        serviceName: 's',
        replicas: 1,
        selector,
        template,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        volumeClaimTemplates: [
          {
            metadata: { name: 'd' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    { status: { replicas: 1, readyReplicas: 1 } },
  ),
  sample(
    'apps/v1',
    'DaemonSet',
    'daemonsets',
    { spec: { selector, template, updateStrategy: { type: 'OnDelete' } } },
    { status: { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1, numberReady: 1 } },
  ),
  sample('apps/v1', 'ControllerRevision', 'controllerrevisions', { revision: 1, data: { x: 1 } }),
  sample(
    'batch/v1',
    'Job',
    'jobs',
    {
      spec: {
        template: { spec: { ...base.podSpec, restartPolicy: 'Never' } },
        backoffLimit: 2,
        completions: 3,
        parallelism: 2,
        activeDeadlineSeconds: 60,
        ttlSecondsAfterFinished: 5,
      },
    },
    {
      status: { active: 1, ready: 1, startTime: '2024-01-01T00:00:00Z' },
    },
  ),
  sample(
    'batch/v1',
    'CronJob',
    'cronjobs',
    {
      spec: {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 9,
        jobTemplate: { spec: { template: { spec: { ...base.podSpec, restartPolicy: 'OnFailure' } } } },
      },
    },
    {
      status: { lastScheduleTime: '2024-01-01T00:00:00Z' },
    },
  ),
  sample(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 5, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
        },
      },
    },
    { status: { currentReplicas: 1, desiredReplicas: 2 } },
  ),
  sample('autoscaling/v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 70,
    },
  }),
  sample('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    spec: { minAvailable: '50%', selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  }),
  sample(
    'networking.k8s.io/v1',
    'Ingress',
    'ingresses',
    {
      spec: {
        ingressClassName: 'x',
        tls: [{ hosts: ['example.com'], secretName: 's' }],
        rules: [
          {
            host: 'example.com',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
    { status: { loadBalancer: { ingress: [{ hostname: 'h.example.com' }] } } },
  ),
  sample('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', { spec: { controller: 'example.com/c' } }, wide),
  sample('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
          ports: [{ port: 80, endPort: 90, protocol: 'TCP' }],
        },
      ],
    },
  }),
  sample('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['1.2.3.4'], conditions: { ready: true }, hostname: 'h', nodeName: 'n', zone: 'z' }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http' }],
  }),
  sample('coordination.k8s.io/v1', 'Lease', 'leases', {
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2024-01-01T00:00:00.000000Z',
      renewTime: '2024-01-01T00:00:00.000000Z',
      leaseTransitions: 1,
    },
  }),
  sample('v1', 'Event', 'events', {
    involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}' },
    reason: 'R',
    message: 'm',
    type: 'Normal',
    count: 1,
    source: { component: 'c' },
  }),
  sample('events.k8s.io/v1', 'Event', 'events', {
    eventTime: '2024-01-01T00:00:00.000000Z',
    regarding: { kind: 'Pod', name: 'p', namespace: '{ns}' },
    reason: 'R',
    note: 'm',
    type: 'Normal',
    action: 'a',
    reportingController: 'example.com/c',
    reportingInstance: 'i',
  }),
  sample('v1', 'LimitRange', 'limitranges', {
    spec: {
      limits: [
        {
          type: 'Container',
          max: { cpu: '2' },
          min: { cpu: '1' },
          default: { cpu: '1' },
          defaultRequest: { cpu: '1' },
        },
      ],
    },
  }),
  sample(
    'v1',
    'ResourceQuota',
    'resourcequotas',
    { spec: { hard: { pods: '100', 'requests.cpu': '5' }, scopes: ['NotTerminating'] } },
    { status: { hard: { pods: '100' }, used: { pods: '1' } } },
  ),
  sample(
    'v1',
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 's' } },
    { status: { phase: 'Pending' } },
  ),
  sample(
    'scheduling.k8s.io/v1',
    'PriorityClass',
    'priorityclasses',
    { value: 100, globalDefault: false, description: 'd', preemptionPolicy: 'Never' },
    wide,
  ),
  sample('rbac.authorization.k8s.io/v1', 'Role', 'roles', {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['x'] }],
  }),
  sample('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
    subjects: [
      { kind: 'ServiceAccount', name: 's', namespace: '{ns}' },
      { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' },
    ],
  }),
  sample(
    'rbac.authorization.k8s.io/v1',
    'ClusterRole',
    'clusterroles',
    {
      rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { '{ns}': 'x' } }] },
    },
    wide,
  ),
  sample(
    'rbac.authorization.k8s.io/v1',
    'ClusterRoleBinding',
    'clusterrolebindings',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
      subjects: [{ kind: 'Group', name: 'g' }],
    },
    wide,
  ),
  sample(
    'v1',
    'Node',
    'nodes',
    { spec: { podCIDR: '10.9.0.0/24', taints: [{ key: 'k', effect: 'NoSchedule' }], unschedulable: true } },
    {
      ...wide,
      status: {
        capacity: { cpu: '1' },
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '1.2.3.4' }],
      },
    },
  ),
  sample('v1', 'Namespace', 'namespaces', {}, wide),
  sample(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    {
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { url: 'https://example.com/x' },
          failurePolicy: 'Ignore',
          rules: [{ apiGroups: ['{ns}'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['x'] }],
          matchConditions: [{ name: 'c', expression: 'true' }],
        },
      ],
    },
    wide,
  ),
  sample(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    {
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: 's', namespace: 'n', path: '/p', port: 443 } },
          reinvocationPolicy: 'IfNeeded',
          failurePolicy: 'Ignore',
          rules: [{ apiGroups: ['{ns}'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['x'] }],
        },
      ],
    },
    wide,
  ),
];
