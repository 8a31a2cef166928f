import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { enumeration, list, object } from '../../schema/index.ts';
import { ageColumn } from '../meta/index.ts';
import { checkWebhooks } from './webhook.check.ts';
import { webhookFields } from './webhook.ts';

const mutatingWebhook = object(
  'A webhook that may change objects.',
  {
    ...webhookFields,
    reinvocationPolicy: enumeration(
      'Whether the webhook is asked again after later ones changed the object.',
      ['IfNeeded', 'Never'],
      {
        default: 'Never',
      },
    ),
  },
  { name: 'io.k8s.api.admissionregistration.v1.MutatingWebhook' },
);

/** Webhooks that may change objects as they are written. */
export const mutatingWebhookConfiguration = defineBuiltin({
  group: 'admissionregistration.k8s.io',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  hasGeneration: true,
  description: 'Webhooks that may change objects as they are written.',
  fields: {
    webhooks: list('The webhooks, asked in this order.', mutatingWebhook, {
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

/** Webhooks that may change objects as they are written. */
export type MutatingWebhookConfiguration = ObjectOf<typeof mutatingWebhookConfiguration>;
