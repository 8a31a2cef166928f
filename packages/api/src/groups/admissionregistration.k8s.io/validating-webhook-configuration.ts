import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { list, object } from '../../schema/index.ts';
import { ageColumn } from '../meta/index.ts';
import { checkWebhooks } from './webhook.check.ts';
import { webhookFields } from './webhook.ts';

const validatingWebhook = object('A webhook that may refuse requests.', webhookFields, {
  name: 'io.k8s.api.admissionregistration.v1.ValidatingWebhook',
});

/** Webhooks that may refuse requests. */
export const validatingWebhookConfiguration = defineBuiltin({
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  hasGeneration: true,
  description: 'Webhooks that may refuse requests.',
  fields: {
    webhooks: list('The webhooks; all are asked.', validatingWebhook, {
      listType: 'map',
      mapKeys: ['name'],
      patch: { strategy: 'merge', mergeKey: 'name' },
      uniqueItems: false,
    }),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Webhooks',
      type: 'integer',
      description: 'Number of webhooks.',
      value: (object) => ((object['webhooks'] as unknown[] | undefined) ?? []).length,
    },
    ageColumn,
  ],
  check(object, report) {
    checkWebhooks(object.webhooks, report);
  },
});

/** Webhooks that may refuse requests. */
export type ValidatingWebhookConfiguration = ObjectOf<typeof validatingWebhookConfiguration>;
