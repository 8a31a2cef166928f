/** What holds for every pod: injecting twice is injecting once, the patch says all of it, and a valid pod stays valid. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kubernetes, prepare } from '@weft/api';
import { unwrap } from '@weft/core';
import { applyJsonPatch, createJsonPatch } from '@weft/kube/patch';
import fc from 'fast-check';
import { ANNOTATION, createInjectionConfig, injectPod, type PodLike, readPod } from './index.ts';

const name = fc.constantFrom('app', 'cache', 'collector', 'istio-proxy', 'istio-init', 'other');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const portName = fc.constantFrom('http', 'grpc', 'nowhere');
const port = fc.oneof(fc.integer({ min: 1, max: 65_535 }), portName);
const probe = fc.oneof(
  fc.record({ httpGet: fc.record({ path: fc.constant('/x'), port, host: maybe(fc.constant('example.com')) }) }),
  fc.record({ tcpSocket: fc.record({ port }) }),
  fc.record({
    grpc: fc.record({ port: fc.integer({ min: 1, max: 65_535 }) }),
    timeoutSeconds: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ exec: fc.record({ command: fc.constant(['true']) }) }),
);
const container = fc.record({
  name,
  image: fc.constantFrom('app:1', 'auto'),
  ports: maybe(
    fc.constant([
      { name: 'http', containerPort: 80 },
      { name: 'grpc', containerPort: 81 },
    ]),
  ),
  env: maybe(
    fc.subarray([
      { name: 'A', value: '1' },
      { name: 'CA_ADDR', value: 'x' },
      { name: 'POD_NAME', value: 'y' },
    ]),
  ),
  livenessProbe: maybe(probe),
  readinessProbe: maybe(probe),
  lifecycle: maybe(
    fc.record({ preStop: fc.constantFrom({ httpGet: { path: '/bye', port: 'http' } }, { exec: { command: ['x'] } }) }),
  ),
  securityContext: maybe(fc.record({ runAsUser: fc.constantFrom(1, 1337, 2000), runAsGroup: maybe(fc.constant(5)) })),
  volumeMounts: maybe(
    fc.constant([
      { name: 'own', mountPath: '/own' },
      { name: 'own', mountPath: '/etc/istio/proxy' },
    ]),
  ),
  args: maybe(fc.constant(['--own'])),
});
const annotation = fc.constantFrom<[string, string]>(
  [ANNOTATION.templates, 'sidecar,extra'],
  [ANNOTATION.templates, 'gateway'],
  [ANNOTATION.nativeSidecar, 'true'],
  [ANNOTATION.nativeSidecar, 'false'],
  [ANNOTATION.interceptionMode, 'TPROXY'],
  [ANNOTATION.interceptionMode, 'NONE'],
  [ANNOTATION.statusPort, '0'],
  [ANNOTATION.statusPort, '16020'],
  [ANNOTATION.proxyConfig, 'holdApplicationUntilProxyStarts: true'],
  [ANNOTATION.initContainersBeforeProxy, 'other,cache'],
  [ANNOTATION.userVolume, '{"v": {"emptyDir": {}}}'],
  ['prometheus.io/port', '9090'],
  ['prometheus.io/scrape', 'true'],
  ['prometheus.io/scrape', 'false'],
  ['prometheus-io/path', '/m'],
);
const pod = fc
  .record({
    annotations: fc.array(annotation, { maxLength: 4 }),
    labels: fc.subarray([
      ['app', 'a'],
      ['version', '1'],
      ['topology.istio.io/network', 'n'],
    ]),
    containers: fc.uniqueArray(container, { minLength: 1, maxLength: 4, selector: (one) => one.name }),
    initContainers: fc.uniqueArray(container, { maxLength: 3, selector: (one) => one.name }),
    volumes: fc.constant([
      { name: 'own', emptyDir: {} },
      { name: 'istio-data', emptyDir: { sizeLimit: '1Gi' } },
    ]),
  })
  .map(({ annotations, labels, containers, initContainers, volumes }) => {
    const used = new Set(containers.map((one) => one.name));
    const init = initContainers
      .filter((one) => !used.has(one.name))
      .map(({ livenessProbe: _l, readinessProbe: _r, lifecycle: _c, ...rest }) => rest);
    const made = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        namespace: 'n',
        annotations: Object.fromEntries(annotations),
        labels: Object.fromEntries(labels),
      },
      spec: { containers, ...(init.length === 0 ? {} : { initContainers: init }), volumes },
    };
    // As it comes over the wire: no member is undefined.
    return JSON.parse(JSON.stringify(made)) as PodLike;
  });

const config = unwrap(
  createInjectionConfig({
    values: { global: { network: 'net', imagePullSecrets: ['s'] } },
    config: {
      templates: {
        extra:
          'spec:\n  containers:\n  - {name: collector, image: c, env: [{name: A, value: "2"}]}\n  volumes:\n  - {name: extra, emptyDir: {}}\n',
      },
    },
  }),
);

function inject(given: PodLike, env: Readonly<Record<string, string>> = {}): PodLike {
  const result = injectPod({ pod: given, namespace: { name: 'n' }, env }, config);
  if (result.kind === 'refused') {
    // Containers with the names of injected ones where those cannot be, and native sidecars of nothing.
    assert.match(result.errors.join(), /has the name of an injected|no container beside the proxy/);
    fc.pre(false);
  }
  assert.equal(result.kind, 'injected', JSON.stringify(result));
  return (result as { pod: PodLike }).pod;
}

describe('injection of any pod', () => {
  it('changes nothing when it was done before', () => {
    fc.assert(
      fc.property(pod, fc.boolean(), (given, isRemote) => {
        const env: Record<string, string> = isRemote ? { ISTIO_META_CLUSTER_ID: 'c', OWN: 'x' } : {};
        const text = JSON.stringify(given);
        const once = inject(given, env);
        assert.equal(JSON.stringify(given), text, 'the input is not changed');
        assert.deepEqual(inject(once, env), once);
      }),
      { numRuns: 150 },
    );
  });

  it('makes what its patch makes, and a valid pod of a valid one', () => {
    fc.assert(
      fc.property(pod, (given) => {
        const injected = inject(given);
        const patch = JSON.parse(JSON.stringify(createJsonPatch(unwrap(readPod(given)), injected))) as unknown;
        assert.deepEqual(applyJsonPatch(given, patch), JSON.parse(JSON.stringify(injected)));
        const kind = kubernetes.core.pod;
        const before = prepare(kind, 'v1', given as never);
        if (before.issues.length > 0) return;
        const after = prepare(kind, 'v1', JSON.parse(JSON.stringify(injected)));
        assert.deepEqual([after.issues, after.unknownFields], [[], []]);
      }),
      { numRuns: 100 },
    );
  });

  it('lets users win over the template, and keeps their order', () => {
    fc.assert(
      fc.property(pod, (given) => {
        const { spec } = inject(given);
        const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
        for (const own of given.spec!.containers) {
          const found = all.find((one) => one.name === own.name);
          assert.ok(found !== undefined, own.name);
          if (own.image !== 'auto') assert.equal(found.image, own.image);
          if (own.args !== undefined) assert.deepEqual(found.args, own.args);
        }
        const plain = (containers: readonly { name: string }[]) =>
          containers.map((one) => one.name).filter((one) => /^(?:app|cache|other)$/.test(one));
        assert.deepEqual(plain(spec!.containers), plain(given.spec!.containers));
      }),
      { numRuns: 100 },
    );
  });

  it('never throws, whatever is given as a pod', () => {
    const any = fc.anything({ withNullPrototype: false });
    const hostile = fc.record({
      metadata: fc.record({ labels: any, annotations: any }),
      spec: fc.record({ containers: any, initContainers: any }),
    });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.record({ metadata: any, spec: any })), (given) => {
        injectPod({ pod: given as PodLike, namespace: { name: 'n' } }, config);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(pod, fc.constantFrom(ANNOTATION.status, ANNOTATION.overrides), fc.json(), (given, key, value) => {
        const annotations = { ...given.metadata?.annotations, [key]: value };
        injectPod(
          { pod: { ...given, metadata: { ...given.metadata, annotations } }, namespace: { name: 'n' } },
          config,
        );
      }),
      { numRuns: 100 },
    );
  });
});
