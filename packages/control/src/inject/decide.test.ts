import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { reasonToSkip, type SkipReason } from './decide.ts';
import { createInjectionConfig, type InjectionConfigSources } from './injection-config.ts';

interface Case {
  readonly namespace?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function decide({ namespace, labels = {}, annotations = {} }: Case, sources: InjectionConfigSources = {}) {
  const pod = { metadata: { labels, annotations }, spec: { containers: [] } };
  const given = namespace === undefined ? { name: 'shop' } : { name: 'shop', labels: namespace };
  return reasonToSkip(pod, given, unwrap(createInjectionConfig(sources)))?.code;
}

const INJECT = 'sidecar.istio.io/inject';
const REVISION = 'istio.io/rev';
const NAMESPACE = 'istio-injection';

describe('whether a pod is injected', () => {
  it('follows the labels of namespace and pod', () => {
    const cases: [Case, SkipReason['code'] | undefined][] = [
      [{ namespace: {} }, 'namespace-not-labelled'],
      [{ namespace: { [NAMESPACE]: 'enabled' } }, undefined],
      [{ namespace: { [NAMESPACE]: 'enabled' }, labels: { [INJECT]: 'false' } }, 'disabled-by-label'],
      [{ namespace: { [NAMESPACE]: 'enabled' }, annotations: { [INJECT]: 'false' } }, 'disabled-by-annotation'],
      [
        { namespace: { [NAMESPACE]: 'enabled' }, labels: { [INJECT]: 'true' }, annotations: { [INJECT]: 'no' } },
        undefined,
      ],
      [{ namespace: {}, labels: { [INJECT]: 'true' } }, undefined],
      [{ namespace: {}, annotations: { [INJECT]: 'true' } }, 'namespace-not-labelled'],
      [{ namespace: { [NAMESPACE]: 'disabled' }, labels: { [INJECT]: 'true' } }, 'namespace-disabled'],
      [{ namespace: { [NAMESPACE]: 'disabled', [REVISION]: 'default' } }, 'namespace-disabled'],
      [{ namespace: { [REVISION]: 'default' } }, undefined],
      [{ namespace: { [REVISION]: 'canary' } }, 'other-revision'],
      [{ namespace: { [NAMESPACE]: 'enabled', [REVISION]: 'canary' } }, undefined],
      [{ namespace: {}, labels: { [REVISION]: 'default' } }, undefined],
      [{ namespace: {}, labels: { [REVISION]: 'canary', [INJECT]: 'true' } }, 'other-revision'],
    ];
    for (const [given, expected] of cases) assert.equal(decide(given), expected, JSON.stringify(given));
  });

  it('keeps revisions apart, and follows the tags that point to them', () => {
    const canary = { revision: 'canary', tags: ['stable'] };
    assert.equal(decide({ namespace: { [REVISION]: 'canary' } }, canary), undefined);
    assert.equal(decide({ namespace: { [REVISION]: 'stable' } }, canary), undefined);
    assert.equal(decide({ namespace: { [NAMESPACE]: 'enabled' } }, canary), 'other-revision');
    assert.equal(decide({ namespace: { [NAMESPACE]: 'enabled' } }, { ...canary, tags: ['default'] }), undefined);
  });

  it('injects namespaces that say nothing when told so', () => {
    const values = { sidecarInjectorWebhook: { enableNamespacesByDefault: true } };
    assert.equal(decide({ namespace: {} }, { values }), undefined);
    assert.equal(decide({ namespace: {}, labels: { [INJECT]: 'false' } }, { values }), 'disabled-by-label');
    assert.equal(decide({ namespace: { [NAMESPACE]: 'disabled' } }, { values }), 'namespace-disabled');
  });

  it('leaves the namespace to others when its labels are not given', () => {
    assert.equal(decide({}), undefined);
    assert.equal(decide({}, { config: { policy: 'disabled' } }), 'policy-disabled');
    assert.equal(decide({ annotations: { [INJECT]: 'on' } }, { config: { policy: 'disabled' } }), undefined);
  });
});
