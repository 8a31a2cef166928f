/** The fields of CustomResourceDefinitions. */
import { boolean, enumeration, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { stringList, timestamp } from '../meta/index.ts';
import { webhookClientConfig } from '../meta/webhook-client-config.ts';
import { jsonSchemaProps } from './json-schema-props.ts';

const PREFIX = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

const names = object(
  'Names under which the kind is known.',
  {
    plural: required(string('Name in URLs, plural and in lower case.')),
    singular: string('Name on the command line; the kind in lower case when absent.'),
    shortNames: stringList('Short names for the command line.', 'A short name.'),
    kind: required(string('Kind of the objects, in CamelCase.')),
    listKind: string('Kind of lists; the kind followed by List when absent.'),
    categories: stringList('Groups of kinds that can be asked for together, such as all.', 'A category.'),
  },
  { name: `${PREFIX}.CustomResourceDefinitionNames` },
);

const printerColumn = object(
  'A column of the table that kubectl get shows.',
  {
    name: required(string('Title of the column.')),
    type: required(string('Type of the cells: integer, number, string, boolean or date.')),
    format: string('Format of the cells.'),
    description: string('What the column shows.'),
    priority: integer('Columns above 0 are shown by -o wide only.'),
    jsonPath: required(string('Where in the object the value is.')),
  },
  { name: `${PREFIX}.CustomResourceColumnDefinition` },
);

const subresources = object(
  'Subresources that objects offer.',
  {
    status: object(
      'Objects have a status that is written separately.',
      {},
      {
        name: `${PREFIX}.CustomResourceSubresourceStatus`,
      },
    ),
    scale: object(
      'Objects can be scaled.',
      {
        specReplicasPath: required(string('Where the wanted number is, below .spec.')),
        statusReplicasPath: required(string('Where the actual number is, below .status.')),
        labelSelectorPath: string('Where the selector of the counted pods is, as a text.'),
      },
      { name: `${PREFIX}.CustomResourceSubresourceScale` },
    ),
  },
  { name: `${PREFIX}.CustomResourceSubresources` },
);

const version = object(
  'One version of the kind.',
  {
    name: required(string('Name of the version, such as v1beta1.')),
    served: required(boolean('Requests may use this version.')),
    storage: required(boolean('Objects are stored in this version; true for exactly one.')),
    deprecated: boolean('Users of the version are warned.'),
    deprecationWarning: string('The warning; a standard one when absent.'),
    schema: object(
      'Structure of the objects.',
      { openAPIV3Schema: jsonSchemaProps },
      { name: `${PREFIX}.CustomResourceValidation` },
    ),
    subresources,
    additionalPrinterColumns: list('Columns of the table; Age alone when absent.', printerColumn, {
      listType: 'atomic',
    }),
    selectableFields: list(
      'Fields that field selectors may use.',
      object('A field.', { jsonPath: required(string('Where the field is.')) }, { name: `${PREFIX}.SelectableField` }),
      { listType: 'atomic', maxItems: 8 },
    ),
  },
  { name: `${PREFIX}.CustomResourceDefinitionVersion` },
);

const conversion = object(
  'How objects are converted between versions.',
  {
    strategy: required(string('None, which only changes apiVersion, or Webhook.')),
    webhook: object(
      'Who converts.',
      {
        clientConfig: webhookClientConfig('How the converter is called.', `${PREFIX}.WebhookClientConfig`),
        conversionReviewVersions: required(
          stringList('Versions of ConversionReview that it understands.', 'A version.'),
        ),
      },
      { name: `${PREFIX}.WebhookConversion` },
    ),
  },
  { name: `${PREFIX}.CustomResourceConversion` },
);

/** What the new kind is. */
export const customResourceDefinitionSpec = object(
  'What the new kind is.',
  {
    group: required(string('API group of the kind.')),
    names: required(names),
    scope: required(enumeration('Whether objects live in namespaces.', ['Cluster', 'Namespaced'])),
    versions: required(list('Versions of the kind.', version, { listType: 'atomic' })),
    conversion,
    preserveUnknownFields: boolean('No longer allowed to be true.'),
  },
  { name: `${PREFIX}.CustomResourceDefinitionSpec` },
);

const condition = object(
  'One aspect of the state of the definition.',
  {
    type: required(string('What the condition is about: NamesAccepted, Established, Terminating …')),
    status: required(string('True, False or Unknown.')),
    observedGeneration: integer('Generation that the condition was made for.', { format: 'int64' }),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${PREFIX}.CustomResourceDefinitionCondition` },
);

/** Whether the new kind is in use. */
export const customResourceDefinitionStatus = object(
  'Whether the new kind is in use.',
  {
    conditions: list('Aspects of the state.', condition, { listType: 'map', mapKeys: ['type'] }),
    observedGeneration: integer('Generation that the status was made for.', { format: 'int64' }),
    acceptedNames: names,
    storedVersions: stringList('Versions in which objects may still be stored.', 'A version.'),
  },
  { name: `${PREFIX}.CustomResourceDefinitionStatus` },
);

/** What a new kind is. */
export type CustomResourceDefinitionSpec = Infer<typeof customResourceDefinitionSpec>;

/** One version of a new kind. */
export type CustomResourceDefinitionVersion = Infer<typeof version>;

/** Whether a new kind is in use. */
export type CustomResourceDefinitionStatus = Infer<typeof customResourceDefinitionStatus>;
