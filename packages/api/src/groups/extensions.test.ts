import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { AnyKind } from '../kind/index.ts';
import { judge } from '../test-support/judge.ts';
import { created, updateErrors } from '../test-support/judge-update.ts';
import { validatingWebhookConfiguration } from './admissionregistration.k8s.io/index.ts';
import { customResourceDefinition } from './apiextensions.k8s.io/index.ts';

describe('webhook configurations', () => {
  const kind: AnyKind = validatingWebhookConfiguration;
  const webhook = (more: Record<string, string> = {}): string => {
    const fields: Record<string, string> = {
      name: 'check.example.com',
      clientConfig: '{service: {name: s, namespace: n}}',
      sideEffects: 'None',
      admissionReviewVersions: '[v1]',
      rules: '[{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]',
      ...more,
    };
    return `{${Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ')}}`;
  };
  const yaml = (webhooks: string): string =>
    `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: x}, webhooks: ${webhooks}}`;

  test('get defaults', () => {
    const [given] = created(kind, yaml(`[${webhook()}]`))['webhooks'] as Record<string, unknown>[];
    const { name: _name, sideEffects: _effects, admissionReviewVersions: _versions, ...rest } = given!;
    assert.deepEqual(rest, {
      clientConfig: { service: { name: 's', namespace: 'n', port: 443 } },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    });
  });
  const rule = (text: string): string =>
    webhook({ rules: `[{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods], ${text}}]` });
  const cases: readonly (readonly [string, string])[] = [
    [
      webhook({ name: 'short.name' }),
      'webhooks[0].name: Invalid value: "short.name": should be a domain with at least three segments separated by dots',
    ],
    [
      webhook({ clientConfig: '{}' }),
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
    ],
    [
      webhook({ clientConfig: '{url: "http://a/b"}' }),
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [
      webhook({ clientConfig: '{url: "https://a/b?c=d"}' }),
      'webhooks[0].clientConfig.url: Invalid value: "c=d": query parameters are not permitted in the URL',
    ],
    [
      webhook({ clientConfig: '{service: {name: s, namespace: n, path: "/a//b"}}' }),
      'webhooks[0].clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty',
    ],
    [
      webhook({ sideEffects: 'Some' }),
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ],
    [
      webhook({ admissionReviewVersions: '[v2]' }),
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
    [
      webhook({ timeoutSeconds: '31' }),
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
    ],
    [
      rule('scope: Everywhere'),
      'webhooks[0].rules[0].scope: Unsupported value: "Everywhere": supported values: "*", "Cluster", "Namespaced"',
    ],
    [
      webhook({ rules: '[{operations: ["*", CREATE], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"]}]' }),
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
    ],
    [
      webhook({ matchConditions: '[{name: a, expression: " "}]' }),
      'webhooks[0].matchConditions[0].expression: Required value',
    ],
  ];
  for (const [given, error] of cases) {
    test(error, () => assert.deepEqual(judge(kind, parse(yaml(`[${given}]`))).errors, [error]));
  }
  test('have webhooks of different names', () => {
    assert.deepEqual(judge(kind, parse(yaml(`[${webhook()}, ${webhook()}]`))).errors, [
      'webhooks[1].name: Duplicate value: "check.example.com"',
    ]);
  });
});

describe('CustomResourceDefinition', () => {
  const version = '{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}';
  const yaml = (spec: Record<string, string>, name = 'foos.example.com'): string => {
    const fields = {
      group: 'example.com',
      scope: 'Namespaced',
      names: '{plural: foos, kind: Foo}',
      versions: `[${version}]`,
      ...spec,
    };
    return `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: ${name}}, spec: {${Object.entries(
      fields,
    )
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ')}}}`;
  };
  test('names follow from the kind', () => {
    const { names, conversion } = created(customResourceDefinition, yaml({}))['spec'] as Record<string, unknown>;
    assert.deepEqual(names, { plural: 'foos', kind: 'Foo', singular: 'foo', listKind: 'FooList' });
    assert.deepEqual(conversion, { strategy: 'None' });
  });
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [
      { group: 'other.com' },
      'metadata.name: Invalid value: "foos.example.com": must be spec.names.plural+"."+spec.group',
    ],
    [{ scope: 'Global' }, 'spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"'],
    [{ versions: '[]' }, 'spec.versions: Required value: must have exactly one version marked as storage version'],
    [
      { versions: `[${version}, ${version.replace('v1', 'v2')}]` },
      'spec.versions: Invalid value: ["v1","v2"]: must have exactly one version marked as storage version',
    ],
    [
      { versions: '[{name: v1, served: true, storage: true}]' },
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    [
      { names: '{plural: foos, kind: Foo, listKind: Foo}' },
      'spec.names.listKind: Invalid value: "Foo": kind and listKind may not be the same',
    ],
    [
      { conversion: '{strategy: Webhook}' },
      'spec.conversion.webhook.clientConfig: Required value: required when strategy is set to Webhook',
    ],
    [
      { conversion: '{strategy: Magic}' },
      'spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"',
    ],
    [
      {
        versions: `[${version.slice(0, -1)}, subresources: {scale: {specReplicasPath: .replicas, statusReplicasPath: .status.replicas}}}]`,
      },
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".replicas": should be a json path under .spec',
    ],
    [
      { versions: `[${version.slice(0, -1)}, additionalPrinterColumns: [{name: a, type: money, jsonPath: .a}]}]` },
      'spec.versions[0].additionalPrinterColumns[0].type: Unsupported value: "money": supported values: "boolean", "date", "integer", "number", "string"',
    ],
  ];
  for (const [spec, error] of cases) {
    test(error, () => assert.deepEqual(judge(customResourceDefinition, parse(yaml(spec))).errors, [error]));
  }
  test('groups of Kubernetes need an approval', () => {
    const { errors } = judge(customResourceDefinition, parse(yaml({ group: 'x.k8s.io' }, 'foos.x.k8s.io')));
    assert.match(
      errors[0]!,
      /^metadata\.annotations\[api-approved\.kubernetes\.io\]: Required value: protected groups must have approval/,
    );
  });
  test('kind and scope stay once the definition is in use', () => {
    const stored = created(customResourceDefinition, yaml({}));
    const used = { ...stored, status: { conditions: [{ type: 'Established', status: 'True' }] } };
    const toCluster = (object: Record<string, unknown>): unknown =>
      Object.assign(object['spec'] as object, { scope: 'Cluster' });
    assert.deepEqual(updateErrors(customResourceDefinition, stored, toCluster), []);
    assert.deepEqual(updateErrors(customResourceDefinition, used, toCluster), [
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ]);
  });
  test('a version with stored objects is not removed', () => {
    const stored = created(customResourceDefinition, yaml({}));
    const errors = updateErrors(customResourceDefinition, stored, (object) =>
      Object.assign(object, { status: { storedVersions: ['v0'] } }),
    );
    assert.deepEqual(errors, ['status.storedVersions[0]: Invalid value: "v0": must appear in spec.versions']);
  });
});
