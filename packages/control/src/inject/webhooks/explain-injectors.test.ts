import assert from 'node:assert/strict';
import { it } from 'node:test';
import { explainInjectors, findInjectors } from './explain-injectors.ts';
import { injectorConfiguration } from './webhook-configurations.ts';

const common = {
  target: { kind: 'url', url: 'https://x' },
  caPem: 'PEM',
  controlPlaneNamespace: 'istio-system',
} as const;

it('says which injectors are asked about a pod, and what keeps the others from it', () => {
  const other = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'z' },
  };
  const injectors = findInjectors([
    other as never,
    injectorConfiguration({ ...common, revision: 'default' }),
    injectorConfiguration({ ...common, revision: 'canary' }),
    injectorConfiguration({ ...common, revision: 'canary', tag: 'stable' }),
  ]);
  assert.deepEqual(
    injectors.map(({ name, revision, tag }) => [name, revision, tag]),
    [
      ['istio-revision-tag-stable', 'canary', 'stable'],
      ['istio-sidecar-injector', 'default', ''],
      ['istio-sidecar-injector-canary', 'canary', ''],
    ],
  );
  const explain = (namespace: Record<string, string>, pod: Record<string, string> = {}) =>
    explainInjectors(injectors, { namespace, pod }).map(({ isAsked, reason }) => `${isAsked ? '+' : '-'} ${reason}`);
  assert.deepEqual(explain({ 'istio-injection': 'enabled' }), [
    '- namespace must fit "istio.io/rev in (stable)" and has no such label, namespace must fit "!istio-injection" and has enabled',
    '+ namespace has istio-injection=enabled',
    '- namespace must fit "istio.io/rev in (canary)" and has no such label, namespace must fit "!istio-injection" and has enabled',
  ]);
  assert.match(explain({ 'istio.io/rev': 'stable' })[0]!, /^\+ namespace has istio.io\/rev=stable$/);
  assert.match(explain({}, { 'sidecar.istio.io/inject': 'true' })[1]!, /^\+ pod has sidecar.istio.io\/inject=true$/);
  assert.match(
    explain({ 'istio-injection': 'enabled' }, { 'sidecar.istio.io/inject': 'false' })[1]!,
    /^- pod must fit "sidecar.istio.io\/inject notin \(false\)" and has false$/,
  );
});
