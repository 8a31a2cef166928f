import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { judgeSpec } from '../../../test-support/judge.ts';
import { created, updateErrors } from '../../../test-support/judge-update.ts';
import { pod } from './pod.ts';
import { pullPolicyOf } from './pod-spec.defaults.ts';
import { qosClassOf } from './qos-class.ts';

const stored = (spec: string) =>
  created(pod, `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: ${spec}`);

/** A spec of one container that has the given members beside name and image. */
const one = (container: string, rest = ''): string =>
  `{containers: [{name: a, image: nginx${container === '' ? '' : `, ${container}`}}]${rest === '' ? '' : `, ${rest}`}}`;

const containerOf = (spec: string) =>
  (stored(spec)['spec'] as { containers: Record<string, unknown>[] }).containers[0]!;

describe('defaults', () => {
  test('of the smallest pod', () => {
    assert.deepEqual(stored(one(''))['spec'], {
      containers: [
        {
          name: 'a',
          image: 'nginx',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
  });
  test('of the pull policy follow the tag', () => {
    const digest = `x@sha256:${'0'.repeat(64)}`;
    const policies = {
      nginx: 'Always',
      'nginx:latest': 'Always',
      'nginx:1.2': 'IfNotPresent',
      [digest]: 'IfNotPresent',
    };
    for (const [image, policy] of Object.entries(policies)) assert.equal(pullPolicyOf(image), policy, image);
    assert.equal(pullPolicyOf('localhost:5000/nginx'), 'Always');
    assert.equal(pullPolicyOf('localhost:5000/nginx:1'), 'IfNotPresent');
  });
  test('of probes, where zero means that nothing was said', () => {
    assert.deepEqual(containerOf(one('livenessProbe: {httpGet: {port: http}, periodSeconds: 0}'))['livenessProbe'], {
      httpGet: { port: 'http', path: '/', scheme: 'HTTP' },
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
    assert.deepEqual(containerOf(one('readinessProbe: {grpc: {port: 1}}'))['readinessProbe'], {
      grpc: { port: 1, service: '' },
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });
  test('of amounts: canonical, and requests as large as limits', () => {
    assert.deepEqual(
      containerOf(one('resources: {limits: {cpu: 0.5, memory: 1024Mi}, requests: {cpu: 100m}}'))['resources'],
      {
        limits: { cpu: '500m', memory: '1Gi' },
        requests: { cpu: '100m', memory: '1Gi' },
      },
    );
  });
  test('of volumes', () => {
    const spec = stored(
      one(
        '',
        'volumes: [{name: e}, {name: c, configMap: {name: x}}, {name: h, hostPath: {path: /}}, {name: p, projected: {sources: [{serviceAccountToken: {path: t}}]}}]',
      ),
    )['spec'] as { volumes: unknown };
    assert.deepEqual(spec.volumes, [
      { name: 'e', emptyDir: {} },
      { name: 'c', configMap: { name: 'x', defaultMode: 420 } },
      { name: 'h', hostPath: { path: '/', type: '' } },
      {
        name: 'p',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
      },
    ]);
  });
  test('of the host network: host ports are those of the containers', () => {
    assert.deepEqual(containerOf(one('ports: [{containerPort: 80}]', 'hostNetwork: true'))['ports'], [
      { containerPort: 80, hostPort: 80, protocol: 'TCP' },
    ]);
  });
  test('both names of the service account are kept', () => {
    const spec = stored(one('', 'serviceAccountName: me'))['spec'] as Record<string, unknown>;
    assert.equal(spec['serviceAccount'], 'me');
  });
});

/** Each container or pod with the only error that it gives. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['{containers: []}', 'spec.containers: Required value'],
  ['{}', 'spec.containers: Required value'],
  ['{containers: [{name: a}]}', 'spec.containers[0].image: Required value'],
  ['{containers: [{image: x}]}', 'spec.containers[0].name: Required value'],
  ['{containers: [{name: a, image: x}, {name: a, image: y}]}', 'spec.containers[1].name: Duplicate value: "a"'],
  [one('', 'initContainers: [{name: a, image: x}]'), 'spec.initContainers[0].name: Duplicate value: "a"'],
  [
    one('imagePullPolicy: Sometimes'),
    'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [one('ports: [{containerPort: 0}]'), 'spec.containers[0].ports[0].containerPort: Required value'],
  [
    one('ports: [{containerPort: 66000}]'),
    'spec.containers[0].ports[0].containerPort: Invalid value: 66000: must be between 1 and 65535, inclusive',
  ],
  [
    one('ports: [{name: x, containerPort: 1}, {name: x, containerPort: 2}]'),
    'spec.containers[0].ports[1].name: Duplicate value: "x"',
  ],
  [
    one('ports: [{name: a_b, containerPort: 1}]'),
    'spec.containers[0].ports[0].name: Invalid value: "a_b": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  ],
  [
    one('ports: [{containerPort: 1, hostPort: 8}, {containerPort: 2, hostPort: 8}]'),
    'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//8"',
  ],
  [
    one('ports: [{containerPort: 1, hostPort: 8}]', 'hostNetwork: true'),
    'spec.containers[0].ports[0].containerPort: Invalid value: 1: must match `hostPort` when `hostNetwork` is true',
  ],
  [
    one('env: [{name: "a=b"}]'),
    'spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
  ],
  [
    one('env: [{name: A, valueFrom: {}}]'),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
  ],
  [
    one('env: [{name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: k}}}]'),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
  ],
  [
    one('env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.hostname}}}]'),
    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostname": error converting fieldPath: field label not supported: spec.hostname',
  ],
  [
    one('env: [{name: A, valueFrom: {secretKeyRef: {key: k}}}]'),
    'spec.containers[0].env[0].valueFrom.secretKeyRef.name: Required value',
  ],
  [
    one('env: [{name: A, valueFrom: {resourceFieldRef: {resource: cpu}}}]'),
    'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "cpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
  ],
  [
    one('envFrom: [{prefix: A_}]'),
    'spec.containers[0].envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
  ],
  [one('volumeMounts: [{name: v, mountPath: /x}]'), 'spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  [
    one('volumeMounts: [{name: v, mountPath: /x}, {name: v, mountPath: /x}]', 'volumes: [{name: v}]'),
    'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique',
  ],
  [
    one('volumeMounts: [{name: v, mountPath: /x, subPath: ../y}]', 'volumes: [{name: v}]'),
    'spec.containers[0].volumeMounts[0].subPath: Invalid value: "../y": must not contain \'..\'',
  ],
  [
    one('livenessProbe: {periodSeconds: 3}'),
    'spec.containers[0].livenessProbe: Required value: must specify a handler type',
  ],
  [
    one('livenessProbe: {tcpSocket: {port: 1}, exec: {command: [x]}}'),
    'spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
  ],
  [
    one('livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}'),
    'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
  ],
  [one('readinessProbe: {exec: {}}'), 'spec.containers[0].readinessProbe.exec.command: Required value'],
  [
    one('readinessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 3}'),
    'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 3: must not be set for readinessProbes',
  ],
  [
    one('lifecycle: {preStop: {sleep: {seconds: 31}}}'),
    'spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
  ],
  [
    one('resources: {requests: {cpu: 2}, limits: {cpu: 1}}'),
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    one('resources: {limits: {cpu: lots}}'),
    'spec.containers[0].resources.limits.cpu: Invalid value: "string": "lots": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
  ],
  [
    one('resources: {limits: {memory: 1Gi}, requests: {memory: -1}}'),
    'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    one('resources: {requests: {example.com/gpu: 1}}'),
    'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
  ],
  [one('restartPolicy: Always'), 'spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers'],
  [
    one('', 'initContainers: [{name: i, image: x, restartPolicy: Never}]'),
    'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    one('', 'initContainers: [{name: i, image: x, livenessProbe: {tcpSocket: {port: 1}}}]'),
    'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  ],
  [
    one('restartPolicyRules: []'),
    "spec.containers[0].restartPolicyRules: Forbidden: not supported: containers are started again by the pod's restartPolicy",
  ],
  [
    one('securityContext: {runAsUser: -1}'),
    'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ],
  [
    one('securityContext: {seccompProfile: {type: Localhost}}'),
    'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
  ],
  [
    one('', 'volumes: [{name: v, emptyDir: {}, secret: {secretName: s}}]'),
    'spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type',
  ],
  [one('', 'volumes: [{name: v}, {name: v}]'), 'spec.volumes[1].name: Duplicate value: "v"'],
  [one('', 'volumes: [{name: v, secret: {}}]'), 'spec.volumes[0].secret.secretName: Required value'],
  [
    one('', 'volumes: [{name: v, configMap: {name: c, defaultMode: 512}}]'),
    'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
  ],
  [
    one('', 'volumes: [{name: v, configMap: {name: c, items: [{key: k, path: /p}]}}]'),
    'spec.volumes[0].configMap.items[0].path: Invalid value: "/p": must be a relative path',
  ],
  [
    one('', 'volumes: [{name: v, persistentVolumeClaim: {claimName: ""}}]'),
    'spec.volumes[0].persistentVolumeClaim.claimName: Required value',
  ],
  [
    one('', 'volumes: [{name: v, projected: {sources: [{secret: {name: a}, configMap: {name: b}}]}}]'),
    'spec.volumes[0].projected.sources[0].configMap: Forbidden: may not specify more than 1 volume type',
  ],
  [
    one('', 'volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 60}}]}}]'),
    'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  ],
  [
    one('', 'volumes: [{name: v, downwardAPI: {items: [{path: p}]}}]'),
    'spec.volumes[0].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required',
  ],
  [one('', 'dnsPolicy: None'), 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  [
    one('', 'dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}'),
    'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
  ],
  [
    one('', 'hostAliases: [{ip: nowhere}]'),
    'spec.hostAliases[0].ip: Invalid value: "nowhere": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    one('', 'tolerations: [{operator: Equal}]'),
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [
    one('', 'tolerations: [{key: a, operator: Gt}]'),
    'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"',
  ],
  [
    one('', 'tolerations: [{key: a, tolerationSeconds: 1}]'),
    'spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
  ],
  [
    one('', 'affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}'),
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
  ],
  [
    one(
      '',
      'affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: {topologyKey: a}}]}}',
    ),
    'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
  ],
  [
    one('', 'topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]'),
    'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
  ],
  [
    one('', 'activeDeadlineSeconds: 0'),
    'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
  ],
  [
    one('', 'ephemeralContainers: [{name: d, image: x}]'),
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ],
  [
    one('', 'shareProcessNamespace: true, hostPID: true'),
    'spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
  ],
  [one('', 'os: {name: plan9}'), 'spec.os.name: Unsupported value: "plan9": supported values: "linux", "windows"'],
  [
    one('', 'schedulingGates: [{name: a}], nodeName: n'),
    'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  ],
];

describe('refused', () => {
  for (const [spec, error] of REFUSED) test(error, () => assert.deepEqual(judgeSpec(pod, spec).errors, [error]));
});

describe('warned of', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      one('env: [{name: A, value: x}, {name: A, value: y}]'),
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
    [
      one('ports: [{containerPort: 1}, {containerPort: 1}]'),
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ],
    [one('', 'imagePullSecrets: [{name: ""}]'), 'spec.imagePullSecrets[0]: invalid empty name ""'],
    [
      one('', 'terminationGracePeriodSeconds: -1'),
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
    [
      one('resources: {limits: {memory: 500m}}'),
      'spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer',
    ],
  ];
  for (const [spec, warning] of cases) {
    test(warning, () => {
      const { errors, warnings } = judgeSpec(pod, spec);
      assert.deepEqual(errors, []);
      assert.equal(warnings[0], warning);
    });
  }
});

test('a pod with much in it is accepted', () => {
  const spec = `
initContainers:
- {name: proxy, image: proxy:1, restartPolicy: Always, startupProbe: {httpGet: {path: /ready, port: 15021}}, lifecycle: {preStop: {exec: {command: [wait]}}}}
- {name: once, image: once:1, command: [sh, -c, "true"]}
containers:
- name: app
  image: registry.example.com:5000/team/app:1.2
  args: ["--x"]
  ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}, {containerPort: 53}]
  env:
  - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
  - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
  - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
  - {name: KEY, valueFrom: {configMapKeyRef: {name: c, key: k, optional: true}}}
  envFrom: [{prefix: X_, secretRef: {name: s}}]
  resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1, memory: 128Mi}}
  volumeMounts: [{name: data, mountPath: /data, subPath: a/b, readOnly: true}, {name: all, mountPath: /all}]
  livenessProbe: {exec: {command: [ok]}}
  readinessProbe: {httpGet: {path: /, port: http, httpHeaders: [{name: X-A, value: b}]}}
  securityContext: {runAsUser: 1337, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
volumes:
- {name: data, persistentVolumeClaim: {claimName: d}}
- name: all
  projected:
    sources: [{configMap: {name: ca}}, {serviceAccountToken: {audience: istio-ca, path: token}}, {downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]
serviceAccountName: app
imagePullSecrets: [{name: pull}]
hostAliases: [{ip: 10.0.0.1, hostnames: [db.local]}]
nodeSelector: {disk: ssd}
tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 300}, {operator: Exists}]
affinity:
  podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: x}}, topologyKey: kubernetes.io/hostname}]}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: x}}}]
readinessGates: [{conditionType: example.com/ready}]
`;
  assert.deepEqual(judgeSpec(pod, spec), { errors: [], warnings: [], unknownFields: [] });
});

describe('an update', () => {
  const before = stored(one('', 'tolerations: [{key: a, operator: Exists}]'));
  type Spec = {
    containers: { image: string }[];
    tolerations: unknown[];
    hostname?: string;
    nodeName?: string;
    ephemeralContainers?: unknown[];
  };
  const change = (edit: (spec: Spec) => void, subresource?: string) =>
    updateErrors(pod, before, (object) => edit(object['spec'] as Spec), subresource);
  test('may change images and add tolerations', () => {
    assert.deepEqual(
      change((spec) => Object.assign(spec.containers[0]!, { image: 'nginx:2' })),
      [],
    );
    assert.deepEqual(
      change((spec) => spec.tolerations.push({ key: 'b', operator: 'Exists' })),
      [],
    );
  });
  test('may change nothing else', () => {
    const [error, ...more] = change((spec) => Object.assign(spec, { hostname: 'x' }));
    assert.match(
      error!,
      /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/,
    );
    assert.match(error!, /changed: hostname$/);
    assert.deepEqual(more, []);
    assert.equal(change((spec) => spec.containers.push({ ...spec.containers[0]!, name: 'b' } as never)).length, 1);
  });
  test('does not take tolerations away', () => {
    assert.deepEqual(
      change((spec) => spec.tolerations.splice(0)),
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    );
  });
  test('places the pod through its binding only', () => {
    assert.equal(change((spec) => Object.assign(spec, { nodeName: 'n' })).length, 1);
    assert.deepEqual(
      change((spec) => Object.assign(spec, { nodeName: 'n' }), 'binding'),
      [],
    );
  });
  test('adds ephemeral containers through their subresource', () => {
    const add = (spec: Spec) => Object.assign(spec, { ephemeralContainers: [{ name: 'd', image: 'x' }] });
    assert.deepEqual(change(add, 'ephemeralcontainers'), []);
  });
});

test('the class of service follows from what containers ask for', () => {
  const classOf = (resources: string) =>
    qosClassOf(
      parse(`{containers: [{name: a, image: x, resources: ${resources}}]}`) as Parameters<typeof qosClassOf>[0],
    );
  assert.equal(classOf('{}'), 'BestEffort');
  assert.equal(classOf('{limits: {cpu: "0"}}'), 'BestEffort');
  assert.equal(classOf('{requests: {cpu: "1"}}'), 'Burstable');
  assert.equal(classOf('{limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 1000m, memory: 1Gi}}'), 'Guaranteed');
  assert.equal(classOf('{limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 500m, memory: 1Gi}}'), 'Burstable');
});
