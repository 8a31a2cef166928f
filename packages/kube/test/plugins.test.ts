/** What built-in admission fills in, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const NS = '/api/v1/namespaces/default';
const SERVICES = `${NS}/services`;
const MERGE = { 'content-type': 'application/merge-patch+json' };

async function ok(answer: Promise<Answer>, status = 200): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

async function refused(answer: Promise<Answer>, status: number, message: RegExp): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  assert.match(json.message, message);
  return json;
}

function service(api: TestApi, name: string, spec: object): Promise<Answer> {
  return api.ask('POST', SERVICES, { body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } });
}

function patchService(api: TestApi, name: string, spec: object): Promise<Answer> {
  return api.ask('PATCH', `${SERVICES}/${name}`, { body: { spec }, headers: MERGE });
}

test('a service gets an address by its type, and keeps it', async (t) => {
  const api = await createTestApi(t);
  const plain = await ok(service(api, 'plain', {}), 201);
  assert.match(plain.spec.clusterIP, /^10\.96\./);
  assert.deepEqual(plain.spec.clusterIPs, [plain.spec.clusterIP]);
  assert.deepEqual([plain.spec.ipFamilies, plain.spec.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  const headless = await ok(service(api, 'headless', { clusterIP: 'None' }), 201);
  assert.deepEqual([headless.spec.clusterIP, headless.spec.clusterIPs], ['None', ['None']]);
  const chosen = await ok(service(api, 'chosen', { clusterIP: '10.96.9.9' }), 201);
  assert.equal(chosen.spec.clusterIP, '10.96.9.9');
  const put = await ok(
    api.ask('PUT', `${SERVICES}/plain`, { body: { metadata: { name: 'plain' }, spec: { ports: [{ port: 81 }] } } }),
  );
  assert.equal(put.spec.clusterIP, plain.spec.clusterIP, 'a replacement that does not mention it keeps it');
  await refused(
    patchService(api, 'plain', { clusterIP: '10.96.9.10', clusterIPs: ['10.96.9.10'] }),
    422,
    /spec.clusterIPs\[0\]: Invalid value: "10.96.9.10": may not change once set/,
  );
  const managers = plain.metadata.managedFields.map((one: { fieldsV1: Record<string, object> }) =>
    Object.keys(one.fieldsV1['f:spec']!),
  );
  assert.ok(!managers.flat().includes('f:clusterIP'), 'nobody owns what the server gave');
});

test('addresses that are taken or not of this cluster are refused', async (t) => {
  const api = await createTestApi(t);
  await ok(service(api, 'one', { clusterIP: '10.96.9.9' }), 201);
  const taken = await refused(
    service(api, 'two', { clusterIP: '10.96.9.9' }),
    422,
    /^Service "two" is invalid: spec.clusterIPs: Invalid value: \["10.96.9.9"\]: failed to allocate IP 10.96.9.9: provided IP is already allocated$/,
  );
  assert.equal(taken.details.causes[0].field, 'spec.clusterIPs');
  await refused(
    service(api, 'two', { clusterIP: '192.168.0.1' }),
    422,
    /the provided IP \(192.168.0.1\) is not in the valid range. The range of valid IPs is 10.96.0.0\/12/,
  );
  await refused(service(api, 'two', { clusterIP: 'fd00::1' }), 422, /not in the valid range/);
  await refused(
    service(api, 'two', { ipFamilies: ['IPv6'] }),
    422,
    /spec.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
  );
  await refused(
    service(api, 'two', { ipFamilyPolicy: 'RequireDualStack' }),
    422,
    /this cluster is not configured for dual-stack services/,
  );
  await refused(
    service(api, 'two', { clusterIPs: ['10.96.9.10'] }),
    422,
    /must be empty when `clusterIP` is not specified/,
  );
  await refused(
    service(api, 'two', { type: 'ExternalName', externalName: 'example.com', clusterIP: '10.96.9.10' }),
    422,
    /may not be set for ExternalName services/,
  );
  await refused(
    service(api, 'two', { type: 'NodePort', clusterIP: 'None' }),
    422,
    /may not be set to 'None' for NodePort services/,
  );
});

test('a change of type gives what the new type needs and takes what it does not', async (t) => {
  const api = await createTestApi(t);
  const { spec: first } = await ok(service(api, 's', {}), 201);
  const { spec: asNodePort } = await ok(patchService(api, 's', { type: 'NodePort' }));
  assert.ok(asNodePort.ports[0].nodePort >= 30_000);
  assert.equal(asNodePort.clusterIP, first.clusterIP);
  assert.equal(asNodePort.externalTrafficPolicy, 'Cluster');
  const { spec: asBalancer } = await ok(
    patchService(api, 's', { type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' }),
  );
  assert.equal(asBalancer.ports[0].nodePort, asNodePort.ports[0].nodePort);
  const { spec: back } = await ok(patchService(api, 's', { type: 'ClusterIP' }));
  assert.equal(back.ports[0].nodePort, undefined);
  for (const field of ['externalTrafficPolicy', 'loadBalancerClass', 'allocateLoadBalancerNodePorts'])
    assert.equal(back[field], undefined, field);
  const { spec: external } = await ok(patchService(api, 's', { type: 'ExternalName', externalName: 'example.com' }));
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    assert.equal(external[field], undefined, field);
  const { spec: again } = await ok(patchService(api, 's', { type: 'ClusterIP', externalName: null }));
  assert.match(again.clusterIP, /^10\.96\./);
  await refused(
    patchService(api, 's', { ports: [{ port: 80, nodePort: 30_001 }] }),
    422,
    /may not be used when `type` is 'ClusterIP'/,
  );
});

test('node ports are given per port number, kept by port, and in their range', async (t) => {
  const api = await createTestApi(t);
  const dns = [
    { name: 'udp', port: 53, protocol: 'UDP' },
    { name: 'tcp', port: 53, protocol: 'TCP' },
    { name: 'web', port: 80 },
  ];
  const { spec } = await ok(service(api, 'dns', { type: 'NodePort', ports: dns }), 201);
  const [udp, tcp, web] = spec.ports.map((port: { nodePort: number }) => port.nodePort);
  assert.equal(udp, tcp, 'one number in two protocols is one port on the nodes');
  assert.notEqual(tcp, web);
  const reordered = await ok(
    api.ask('PUT', `${SERVICES}/dns`, {
      body: { metadata: { name: 'dns' }, spec: { type: 'NodePort', ports: dns.toReversed() } },
    }),
  );
  assert.deepEqual(
    reordered.spec.ports.map((port: { nodePort: number }) => port.nodePort),
    [web, tcp, udp],
  );
  const both = [
    { name: 'u', port: 1, protocol: 'UDP', nodePort: 32_000 },
    { name: 't', port: 1, nodePort: 32_000 },
  ];
  await ok(service(api, 'both', { type: 'NodePort', ports: both }), 201);
  await refused(
    service(api, 'x', { type: 'NodePort', ports: [{ port: 80, nodePort: 32_000 }] }),
    422,
    /^Service "x" is invalid: spec.ports\[0\].nodePort: Invalid value: 32000: provided port is already allocated$/,
  );
  await refused(
    service(api, 'x', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
    422,
    /spec.ports\[0\].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767/,
  );
  const none = await ok(service(api, 'none', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }), 201);
  assert.equal(none.spec.ports[0].nodePort, undefined);
});

function pod(api: TestApi, name: string, spec: object = {}): Promise<Answer> {
  return api.ask('POST', `${NS}/pods`, {
    body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } },
  });
}

test('a pod runs as a service account, with its token mounted unless somebody says no', async (t) => {
  const api = await createTestApi(t);
  await eventuallyPasses(async () => void (await ok(api.ask('GET', `${NS}/serviceaccounts/default`))));
  const { spec } = await ok(pod(api, 'a', { initContainers: [{ name: 'init', image: 'i' }] }), 201);
  assert.deepEqual([spec.serviceAccountName, spec.serviceAccount], ['default', 'default']);
  const [volume] = spec.volumes;
  assert.match(volume.name, /^kube-api-access-.{5}$/);
  assert.deepEqual(
    volume.projected.sources.map((source: object) => Object.keys(source)[0]),
    ['serviceAccountToken', 'configMap', 'downwardAPI'],
  );
  for (const container of [...spec.containers, ...spec.initContainers]) {
    assert.deepEqual(container.volumeMounts, [
      { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
  }
  const account = {
    metadata: { name: 'quiet' },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'registry' }],
  };
  await ok(api.ask('POST', `${NS}/serviceaccounts`, { body: account }), 201);
  const quiet = await ok(pod(api, 'b', { serviceAccountName: 'quiet' }), 201);
  assert.equal(quiet.spec.volumes, undefined);
  assert.deepEqual(quiet.spec.imagePullSecrets, [{ name: 'registry' }]);
  const own = await ok(
    pod(api, 'c', {
      serviceAccountName: 'quiet',
      automountServiceAccountToken: true,
      imagePullSecrets: [{ name: 'own' }],
    }),
    201,
  );
  assert.equal(own.spec.volumes.length, 1);
  assert.deepEqual(own.spec.imagePullSecrets, [{ name: 'own' }]);
  assert.equal((await ok(pod(api, 'd', { serviceAccountName: '' }), 201)).spec.serviceAccountName, 'default');
  assert.equal((await ok(pod(api, 'e', { serviceAccount: 'quiet' }), 201)).spec.serviceAccountName, 'quiet');
  await refused(
    pod(api, 'f', { serviceAccountName: 'absent' }),
    403,
    /error looking up service account default\/absent: serviceaccount "absent" not found/,
  );
});

test('the priority of a pod is that of its class', async (t) => {
  const api = await createTestApi(t);
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
  assert.equal((await ok(pod(api, 'a'), 201)).spec.priority, 0);
  await ok(
    api.ask('POST', classes, { body: { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' } }),
    201,
  );
  const high = await ok(pod(api, 'b', { priorityClassName: 'high' }), 201);
  assert.deepEqual([high.spec.priority, high.spec.preemptionPolicy], [1000, 'Never']);
  assert.equal(
    (await ok(pod(api, 'c', { priorityClassName: 'system-node-critical' }), 201)).spec.priority,
    2_000_001_000,
  );
  await refused(pod(api, 'd', { priorityClassName: 'absent' }), 403, /no PriorityClass with name absent was found/);
  await refused(pod(api, 'd', { priorityClassName: 'constructor' }), 403, /no PriorityClass with name constructor/);
  await refused(
    pod(api, 'd', { priorityClassName: 'high', priority: 5 }),
    403,
    /the integer value of priority \(5\) must not be provided in pod spec/,
  );
  for (const [name, value] of [
    ['usual', 50],
    ['low', 5],
  ] as const) {
    await ok(api.ask('POST', classes, { body: { metadata: { name }, value, globalDefault: true } }), 201);
  }
  const usual = await ok(pod(api, 'e'), 201);
  assert.deepEqual([usual.spec.priority, usual.spec.priorityClassName], [5, 'low']);
});

test('an ingress without a class gets the newest default', async (t) => {
  const api = await createTestApi(t);
  const group = '/apis/networking.k8s.io/v1';
  const ingresses = `${group}/namespaces/default/ingresses`;
  const ingress = (name: string, more: object = {}, annotations: object = {}): Promise<Answer> =>
    api.ask('POST', ingresses, {
      body: {
        metadata: { name, annotations },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...more },
      },
    });
  assert.equal((await ok(ingress('a'), 201)).spec.ingressClassName, undefined);
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  for (const name of ['old', 'new']) {
    await ok(
      api.ask('POST', `${group}/ingressclasses`, {
        body: { metadata: { name, annotations }, spec: { controller: 'example.com/c' } },
      }),
      201,
    );
    api.clock.advance(5000);
  }
  assert.equal((await ok(ingress('b'), 201)).spec.ingressClassName, 'new');
  assert.equal((await ok(ingress('c', { ingressClassName: 'other' }), 201)).spec.ingressClassName, 'other');
  assert.equal(
    (await ok(ingress('d', {}, { 'kubernetes.io/ingress.class': 'legacy' }), 201)).spec.ingressClassName,
    undefined,
  );
});

test('a namespace carries its own name as a label, whatever others write', async (t) => {
  const api = await createTestApi(t);
  const { metadata } = await ok(api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } }), 201);
  assert.deepEqual(metadata.labels, { 'kubernetes.io/metadata.name': 'shop' });
  const patched = await ok(
    api.ask('PATCH', '/api/v1/namespaces/shop', { body: { metadata: { labels: null } }, headers: MERGE }),
  );
  assert.deepEqual(patched.metadata.labels, { 'kubernetes.io/metadata.name': 'shop' });
  const found = await ok(api.ask('GET', '/api/v1/namespaces?labelSelector=kubernetes.io/metadata.name=shop'));
  assert.equal(found.items.length, 1);
});

test('secrets take text, and what is immutable stays as it is', async (t) => {
  const api = await createTestApi(t);
  const secrets = `${NS}/secrets`;
  const created = await ok(
    api.ask('POST', secrets, {
      body: { metadata: { name: 's' }, data: { a: 'MQ==', b: 'Mg==' }, stringData: { b: 'two' } },
    }),
    201,
  );
  assert.deepEqual(created.data, { a: 'MQ==', b: 'dHdv' });
  assert.equal(created.stringData, undefined);
  assert.equal(created.type, 'Opaque');
  const maps = `${NS}/configmaps`;
  await ok(
    api.ask('POST', maps, { body: { metadata: { name: 'm' }, binaryData: { k: '/w==' }, data: { t: 'x' } } }),
    201,
  );
  await refused(
    api.ask('POST', maps, { body: { metadata: { name: 'n' }, binaryData: { k: '%' } } }),
    400,
    /illegal base64 data at input byte 0/,
  );
  for (const url of [`${secrets}/s`, `${maps}/m`]) {
    const patch = (body: object): Promise<Answer> => api.ask('PATCH', url, { body, headers: MERGE });
    await ok(patch({ immutable: true }));
    await refused(patch({ data: { new: 'MQ==' } }), 422, /field is immutable when `immutable` is set/);
    await refused(patch({ immutable: false }), 422, /field is immutable when `immutable` is set/);
    await ok(patch({ metadata: { labels: { a: 'b' } } }));
  }
});

test('pods stay for a while on a node that fails, unless they say otherwise', async (t) => {
  const api = await createTestApi(t);
  const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  const tolerationsOf = async (name: string, tolerations?: object[]): Promise<object[]> => {
    const spec = { containers: [{ name: 'c', image: 'i' }], tolerations };
    const made = await ok(api.ask('POST', `${NS}/pods`, { body: { metadata: { name }, spec } }), 201);
    return made.spec.tolerations;
  };
  const unreachable = { ...own, key: 'node.kubernetes.io/unreachable', tolerationSeconds: 300 };
  assert.deepEqual(await tolerationsOf('a'), [{ ...own, tolerationSeconds: 300 }, unreachable]);
  assert.deepEqual(await tolerationsOf('b', [own]), [own, unreachable]);
  assert.deepEqual(await tolerationsOf('c', [{ operator: 'Exists' }]), [{ operator: 'Exists' }]);
});

test('a pod that is written again as it was is the same pod', async (t) => {
  const api = await createTestApi(t);
  const body = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const made = await ok(api.ask('POST', `${NS}/pods`, { body }), 201);
  const { spec } = made;
  const { priority: _, preemptionPolicy: __, tolerations: ___, ...rest } = spec;
  const again = await ok(api.ask('PUT', `${NS}/pods/a`, { body: { metadata: { name: 'a' }, spec: rest } }));
  assert.equal(again.metadata.generation, made.metadata.generation);
  assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
});
