import assert from 'node:assert/strict';
import { it } from 'node:test';
import { kubernetes, prepare } from '@weft/api';
import fc from 'fast-check';
import { fitsRevision, revisionRules } from './revision-rules.ts';
import { injectorConfiguration, validatorConfiguration } from './webhooks/webhook-configurations.ts';

const target = { kind: 'service', namespace: 'istio-system', name: 'istiod' } as const;
const common = { target, caPem: 'PEM', controlPlaneNamespace: 'istio-system' };
const label = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const labels = (all: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));

it('asks one revision at most, and by one webhook only', () => {
  const pod = fc.record({
    'sidecar.istio.io/inject': label('true', 'false'),
    'istio.io/rev': label('default', 'canary'),
  });
  const namespace = fc.record({
    'istio-injection': label('enabled', 'disabled'),
    'istio.io/rev': label('default', 'canary'),
  });
  fc.assert(
    fc.property(pod, namespace, fc.boolean(), (ofPod, ofNamespace, injectsByDefault) => {
      const given = { pod: labels(ofPod), namespace: labels(ofNamespace) };
      const all = ['default', 'canary'].flatMap((revision) => revisionRules({ revision, injectsByDefault }));
      const fitting = all.filter((rule) => fitsRevision([rule], given));
      assert.ok(fitting.length <= 1, fitting.map(({ name }) => name).join());
      if (given.namespace['istio-injection'] === 'disabled') assert.equal(fitting.length, 0);
      if (given.namespace['istio-injection'] === 'enabled' && given.pod['sidecar.istio.io/inject'] !== 'false') {
        assert.equal(fitting[0]?.name, 'namespace');
      }
    }),
  );
});

it('makes configurations that the API server takes', () => {
  const { mutatingWebhookConfiguration, validatingWebhookConfiguration } = kubernetes.admissionregistration;
  const injectors = [
    injectorConfiguration({ ...common, revision: 'default', injectsByDefault: true, parameters: 'cluster/east' }),
    injectorConfiguration({ ...common, revision: 'canary' }),
    injectorConfiguration({ ...common, revision: 'canary', tag: 'stable', controlPlaneNamespace: 'mesh' }),
    injectorConfiguration({ ...common, revision: 'canary', tag: 'default' }),
  ];
  assert.deepEqual(
    injectors.map(({ metadata, webhooks = [] }) => [metadata.name, webhooks.length]),
    [
      ['istio-sidecar-injector', 5],
      ['istio-sidecar-injector-canary', 2],
      ['istio-revision-tag-stable-mesh', 2],
      ['istio-revision-tag-default', 4],
    ],
  );
  assert.equal(injectors[0]!.webhooks![0]!.clientConfig.service?.path, '/inject/cluster/east');
  const validators = ['default', 'canary'].map((revision) => validatorConfiguration({ ...common, revision }));
  for (const [kind, objects] of [
    [mutatingWebhookConfiguration, injectors],
    [validatingWebhookConfiguration, validators],
  ] as const) {
    for (const object of objects) {
      const { issues, unknownFields } = prepare(kind, 'v1', object as never);
      assert.deepEqual([issues, unknownFields], [[], []], object.metadata.name);
    }
  }
});
