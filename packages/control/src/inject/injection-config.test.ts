import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { createInjectionConfig, type InjectionConfigSources } from './injection-config.ts';

function refusals(sources: InjectionConfigSources): string {
  const result = createInjectionConfig(sources);
  return result.kind === 'err' ? result.error.join('\n') : '';
}

describe('injection configuration', () => {
  it('reads what the ConfigMap of an installation holds', () => {
    const config = unwrap(
      createInjectionConfig({
        config: {
          policy: 'disabled',
          alwaysInjectSelector: [{ matchLabels: { a: 'b' } }],
          injectedAnnotations: { x: 'y' },
        },
        values: {
          global: {
            hub: 'h',
            tag: 1.5,
            proxy: { resources: null },
            waypoint: { resources: {} },
          },
          gateways: { any: 'thing' },
          sidecarInjectorWebhook: {
            enableNamespacesByDefault: true,
            neverInjectSelector: [{ matchLabels: { n: 'o' } }],
          },
        },
      }),
    );
    assert.equal(config.policy, 'disabled');
    assert.equal(config.values.tag, '1.5');
    assert.equal(config.injectsByDefault, true);
    assert.deepEqual([config.alwaysInject.length, config.neverInject.length], [1, 1]);
    assert.deepEqual(config.injectedAnnotations, { x: 'y' });
    assert.deepEqual(config.defaultTemplates, ['sidecar']);
  });

  it('refuses Go templates by name', () => {
    const text = refusals({
      config: { templates: { sidecar: 'spec: {{ .Values }}', own: 'spec:\n  containers: []' } },
    });
    assert.match(text, /^template sidecar: is a Go template, which is not served: /);
  });

  it('refuses templates that fit no pod', () => {
    assert.match(
      refusals({ config: { templates: { a: 'spec: {contaners: []}' } } }),
      /template a: unknown field "spec.contaners"/,
    );
    assert.match(refusals({ config: { templates: { a: 'status: {}' } } }), /holds status/);
    assert.match(refusals({ config: { templates: { a: '[1]' } } }), /must be a YAML mapping/);
    assert.match(refusals({ config: { templates: { a: 'spec: [' } } }), /must be YAML/);
    assert.match(refusals({ config: { templates: { a: 'spec: {containers: [{image: x}]}' } } }), /template a: .*name/);
  });

  it('refuses what the proxy does not have, and names that nobody knows', () => {
    const values = {
      global: { proxy: { tracer: 'datadog', enableCoreDump: true, typo: 1 }, pilotCertProvider: 'k8s', tag: {} },
    };
    const text = refusals({ values });
    for (const part of [
      /tracer: datadog/,
      /enableCoreDump: the proxy/,
      /unknown value "global.proxy.typo"/,
      /pilotCertProvider: k8s/,
      /global\.tag: must/,
    ]) {
      assert.match(text, part);
    }
    assert.match(refusals({ config: { polcy: 'x' } }), /unknown field "polcy"/);
    assert.match(
      refusals({ config: { neverInjectSelector: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] } }),
      /operator/,
    );
  });

  it('takes what values say about native sidecars, unless the program decides', () => {
    const policy = (said: unknown, nativeSidecars?: 'never') =>
      unwrap(
        createInjectionConfig({
          values: { pilot: { env: { ENABLE_NATIVE_SIDECARS: said } } },
          ...(nativeSidecars === undefined ? {} : { nativeSidecars }),
        }),
      ).nativeSidecars;
    assert.deepEqual(
      [policy(true), policy('false'), policy('auto'), policy(true, 'never')],
      ['always', 'never', 'auto', 'never'],
    );
  });

  it('takes templates that are functions, in place of built-in ones too', () => {
    const config = unwrap(createInjectionConfig({ templates: { sidecar: () => ({}), mine: () => ({}) } }));
    assert.deepEqual([...config.templates.keys()], ['sidecar', 'gateway', 'mine']);
  });
});
